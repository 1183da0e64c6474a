//! Dates as they are written, to seconds since 1970.

use super::error::{Problem, quoted};
use crate::clock::WallSeconds;

/// A day, which means its first second in UTC, or a moment of RFC 3339 section 5.6.
pub(super) fn date(text: &str) -> Result<WallSeconds, Problem> {
    moment(text.trim()).ok_or_else(|| {
        let remedy = "write it as 2027-01-31, or 2027-01-31T12:00:00Z";
        Problem::new(format!("expected a date, found {}", quoted(text)), remedy)
    })
}

fn moment(text: &str) -> Option<WallSeconds> {
    let (day, rest) = (text.get(..10)?, text.get(10..)?);
    let midnight = midnight(day)?;
    if rest.is_empty() {
        return Some(midnight);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = (rest.get(..8)?, rest.get(8..)?);
    let second = second_of_day(clock)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    if rest.len() != zone.len() && rest.len() - zone.len() < 2 {
        return None; // a point and no digits
    }
    let (east, offset) = offset(zone)?;
    let local = midnight + second;
    if east { local.checked_sub(offset) } else { local.checked_add(offset) }
}

/// Seconds since 1970 at the start of `YYYY-MM-DD`, years 1970 to 9999.
fn midnight(day: &str) -> Option<u64> {
    let mut parts = day.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = lengths.get(..usize::try_from(month.checked_sub(1)?).ok()?)?;
    let length = *lengths.get(before.len())?;
    if parts.next().is_some() || year < 1970 || !(1..=length).contains(&day) {
        return None;
    }
    let past = year - 1;
    let days_before_year = past * 365 + past / 4 - past / 100 + past / 400 - 719_162; // 719,162 days lie before 1970
    Some((days_before_year + before.iter().sum::<u64>() + day - 1) * 86_400)
}

/// Seconds of `HH:MM:SS`; a leap second counts as the one before it.
fn second_of_day(clock: &str) -> Option<u64> {
    let mut parts = clock.split(':');
    let (hour, minute, second) =
        (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    valid.then_some(hour * 3_600 + minute * 60 + second.min(59))
}

/// `Z` or `+HH:MM`: is it east of Greenwich, and by how many seconds?
fn offset(zone: &str) -> Option<(bool, u64)> {
    if matches!(zone, "Z" | "z") {
        return Some((true, 0));
    }
    let east = zone.starts_with('+');
    let (hour, minute) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    (hour < 24 && minute < 60).then_some((east, hour * 3_600 + minute * 60))
}

fn digits(text: &str, count: usize) -> Option<u64> {
    let plain = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_dates() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2027-01-01", 1_798_761_600),
            ("2027-01-01T00:00:00Z", 1_798_761_600),
            ("2027-01-01t12:30:15.25z", 1_798_806_615),
            ("2027-01-01 01:00:00+01:00", 1_798_761_600),
            ("2026-12-31T19:00:00-05:00", 1_798_761_600),
            ("1990-12-31T23:59:60Z", 662_687_999),
            ("9999-12-31", 253_402_214_400),
        ] {
            assert_eq!(date(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2027",
            "2027-1-1",
            "2027-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "1969-12-31",
            "2027-01-01T",
            "2027-01-01T12:00Z",
            "2027-01-01T12:00:00",
            "2027-01-01T24:00:00Z",
            "2027-01-01T12:00:00.Z",
            "1970-01-01T00:00:00+00:01",
            "2027-01-01T12:00:00+1:00",
            "tomorrow",
            "2027-01-0é",
        ] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(2027-01-01)?[0-9Tz:+.é-]{0,16}") {
            let _ = date(&text);
        }
    }
}
