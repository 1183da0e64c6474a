//! Captures with malformed and rare messages: none may panic, whoever it comes from.

use std::path::Path;

use bailiwick::iterate::{classify, scrub};
use bailiwick::wire::{Message, Name, compose};

#[test]
fn no_captured_message_panics() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pcap");
    let (mut files, mut messages, mut parsed) = (0, 0, 0);
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let capture = std::fs::read(entry.expect("an entry").path()).expect("a file");
        files += 1;
        for payload in udp_payloads(&capture) {
            messages += 1;
            parsed += usize::from(exercise(payload));
            // Every prefix is a message cut short.
            (0..payload.len()).for_each(|end| _ = exercise(&payload[..end]));
        }
    }
    assert!(files >= 45 && messages > 150 && parsed > 100, "{files} {messages} {parsed}");
}

/// Everything that is done to a message from the network, short of judging it. Does it parse?
fn exercise(octets: &[u8]) -> bool {
    let Ok(message) = Message::parse(octets) else { return false };
    let again = compose(&message, 65_535, true);
    assert!(Message::parse(&again).is_ok(), "what we compose we can read");
    if let Some(question) = message.question().cloned() {
        for zone in [Name::root(), question.name.parent().unwrap_or_else(Name::root)] {
            let scrubbed = scrub(message.clone(), &question, &zone);
            let _ = classify(&scrubbed, &question, &zone, false);
        }
    }
    true
}

/// The UDP payloads of a classic capture file of either byte order: Ethernet, raw IP or loopback.
fn udp_payloads(capture: &[u8]) -> Vec<&[u8]> {
    let little = capture.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]);
    let number = |at: usize| {
        let octets: [u8; 4] = capture[at..at + 4].try_into().expect("four");
        if little { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) }
    };
    let (mut at, mut payloads) = (24, Vec::new());
    let link = number(20);
    while at + 16 <= capture.len() {
        let length = number(at + 8) as usize;
        let frame = &capture[at + 16..(at + 16 + length).min(capture.len())];
        payloads.extend(ip_packet(link, frame).and_then(udp_payload));
        at += 16 + length;
    }
    payloads
}

fn ip_packet(link: u32, frame: &[u8]) -> Option<&[u8]> {
    match link {
        1 => match frame.get(12..14)? {
            [0x08, 0x00] | [0x86, 0xdd] => frame.get(14..),
            [0x81, 0x00] => frame.get(18..),
            _ => None,
        },
        0 => frame.get(4..),
        _ => Some(frame),
    }
}

fn udp_payload(packet: &[u8]) -> Option<&[u8]> {
    let (protocol, header) = match packet.first()? >> 4 {
        4 => (*packet.get(9)?, usize::from(packet[0] & 0xf) * 4),
        6 => (*packet.get(6)?, 40),
        _ => return None,
    };
    if protocol == 17 { packet.get(header + 8..) } else { None }
}
