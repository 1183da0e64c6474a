use proptest::prelude::*;

use super::*;
use crate::clock::Instant;

const WRITTEN: WallSeconds = 1_785_542_400;

fn source() -> Source {
    Source::new("the root")
}

fn at(wall: WallSeconds) -> Moment {
    Moment { now: Instant::from_nanos(5_000_000_000), wall }
}

fn said(octets: &[u8], age: u32) -> Testimony {
    Testimony { message: octets.into(), age, noted: at(WRITTEN), life: 300 }
}

fn written(records: &[(Role, Testimony)]) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut writer = FileWriter::new(&mut octets, source(), at(WRITTEN)).expect("written");
    for (role, said) in records {
        writer.put(*role, said).expect("written");
    }
    assert_eq!(writer.finish().expect("written"), records.len() as u64);
    octets
}

fn two() -> Vec<u8> {
    written(&[(Role::Link, said(b"keys", 7)), (Role::Finding, said(b"an answer", 0))])
}

fn read(octets: &[u8], wall: WallSeconds) -> Vec<Result<(Role, Testimony), Damage>> {
    match FileReader::new(octets, source(), at(wall)) {
        Ok(reader) => reader.collect(),
        Err(damage) => vec![Err(damage)],
    }
}

#[test]
fn what_is_written_is_read_and_older_by_the_time_between() {
    let told: Vec<_> = read(&two(), WRITTEN + 100)
        .into_iter()
        .map(|record| record.expect("whole"))
        .map(|(role, said)| (role, said.message.to_vec(), said.age, said.life))
        .collect();
    let expected = [
        (Role::Link, b"keys".to_vec(), 108, 300),
        (Role::Finding, b"an answer".to_vec(), 101, 300),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_date_before_that_of_the_file_reckons_no_life() {
    assert!(matches!(read(&two(), WRITTEN - 1)[..], [Err(Damage::FromTheFuture)]));
}

#[test]
fn what_others_say_is_not_read() {
    let (file, other) = (two(), Source::new("corp.example"));
    let read = FileReader::new(&file[..], other, at(WRITTEN));
    assert!(matches!(read, Err(Damage::OtherSource)));
}

#[test]
fn every_end_but_the_right_one_is_noticed() {
    let whole = two();
    for length in 0..whole.len() {
        let told = read(&whole[..length], WRITTEN);
        assert!(matches!(told.last(), Some(Err(Damage::Torn))), "{length}: {told:?}");
        assert!(told.iter().rev().skip(1).all(Result::is_ok), "{length}");
    }
}

#[test]
fn every_changed_octet_is_noticed() {
    let whole = two();
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        let told = read(&changed, WRITTEN + (1 << 21));
        // The date of writing is checked by nothing: it makes no life longer, whatever it says.
        let is_date = (16..24).contains(&place);
        assert!(is_date || told.iter().any(Result::is_err), "{place}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let mut room = [0; 60];
    let mut writer = FileWriter::new(&mut room[..], source(), at(WRITTEN)).expect("room");
    assert!(writer.put(Role::Finding, &said(&[1; 100], 0)).is_err());
}

proptest! {
    #[test]
    fn any_octets_can_be_read(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&octets, WRITTEN);
        let behind = [&two()[..32], &octets].concat();
        prop_assert!(read(&behind, WRITTEN).iter().any(Result::is_err));
    }

    #[test]
    fn whatever_was_written_is_read(messages in proptest::collection::vec(any::<Vec<u8>>(), 0..20)) {
        let records: Vec<_> =
            messages.iter().map(|message| (Role::Finding, said(message, 3))).collect();
        let read: Vec<_> = read(&written(&records), WRITTEN)
            .into_iter()
            .map(|record| record.expect("whole").1.message.to_vec())
            .collect();
        prop_assert_eq!(read, messages);
    }
}
