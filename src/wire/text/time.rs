//! The times of signatures (RFC 4034 section 3.2): `YYYYMMDDHHmmSS` in UTC, or seconds since 1970.

use super::TextError;
use super::numbers::decimal;
use super::tokens::Tokens;
use crate::wire::Reader;

const DAY: u32 = 86_400;

pub(super) fn read(tokens: &mut Tokens<'_, '_>, octets: &mut Vec<u8>) -> Result<(), TextError> {
    const WANTED: &str = "a time as YYYYMMDDHHmmSS, or seconds since 1970, up to 2106";
    let token = tokens.take(WANTED)?;
    let word = token.plain(WANTED)?;
    let seconds = if word.len() == 14 { date(word) } else { decimal(word) };
    octets.extend_from_slice(&seconds.ok_or_else(|| token.expected(WANTED))?.to_be_bytes());
    Ok(())
}

pub(super) fn write(rdata: &mut Reader<'_>, text: &mut String) -> Option<()> {
    text.push_str(&time_to_text(rdata.u32().ok()?));
    Some(())
}

/// `seconds` since 1970 as `YYYYMMDDHHmmSS`, as the times of an RRSIG are printed (RFC 4034 section 3.2). Times are
/// taken to lie between 1970 and 2106; near what moment a serial number lies is for its reader to know.
#[must_use]
pub fn time_to_text(seconds: u32) -> String {
    let (days, second) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Seconds since 1970 of 14 characters `YYYYMMDDHHmmSS`; `None` for what is no moment between 1970 and 2106.
fn date(word: &str) -> Option<u32> {
    let part = |from: usize, to: usize| word.get(from..to).and_then(decimal);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let days = days(year, month, day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    days.checked_mul(DAY)?.checked_add(hour * 3_600 + minute * 60 + second)
}

/// Days from 1970 to the start of a year.
const fn days_before(year: u32) -> u32 {
    let past = year - 1; // years 1 to `past` are over; 719,162 days lie before 1970
    past * 365 + past / 4 - past / 100 + past / 400 - 719_162
}

const fn month_lengths(year: u32) -> [u32; 12] {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn days(year: u32, month: u32, day: u32) -> Option<u32> {
    let lengths = month_lengths(year);
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    if year < 1970 || day == 0 || day > *lengths.get(index)? {
        return None;
    }
    Some(days_before(year) + lengths[..index].iter().sum::<u32>() + day - 1)
}

/// Year, month and day of a count of days since 1970.
fn civil(days: u32) -> (u32, u32, u32) {
    let mut year = 1970 + days / 366; // never too late, and by 2106 a year too early at most
    while days_before(year + 1) <= days {
        year += 1;
    }
    let (mut day, mut month) = (days - days_before(year), 1);
    for length in month_lengths(year) {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4034_s3_2_times() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_400, "20000229000000"),
            (1_048_354_263, "20030322173103"),
            (1_709_251_199, "20240229235959"),
            (1_735_689_599, "20241231235959"),
            (4_107_542_400, "21000301000000"),
            (u32::MAX, "21060207062815"),
        ] {
            assert_eq!(time_to_text(seconds), text);
            assert_eq!(date(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn every_day_up_to_2106_is_the_day_after_the_last() {
        for day in 0..=u32::MAX / DAY {
            assert_eq!(date(&time_to_text(day * DAY)), Some(day * DAY));
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "20230229000000",
            "21000229000000",
            "20230001000000",
            "20231301000000",
            "20230100000000",
            "20230432000000",
            "20230101240000",
            "20230101006000",
            "20230101000060",
            "19691231235959",
            "21060207062816",
            "99991231235959",
            "00000101000000",
            "2023010100000x",
            "+2023101000000",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
