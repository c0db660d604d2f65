//! Keys, signed checkpoints, and whose log is whose.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

use super::super::{Checkpoint, LogError, Vkey, announced, note, open, signature_line};
use crate::proof::Multikey;

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn key(name: &str, seed: u8) -> Vkey {
    Vkey::new(name, Multikey::from_bytes(signer(seed).verifying_key().as_bytes()).unwrap()).unwrap()
}

fn line(name: &str, seed: u8, text: &str) -> String {
    signature_line(&key(name, seed), &signer(seed).sign(text.as_bytes()).to_bytes())
}

fn checkpoint(origin: &str) -> Checkpoint {
    Checkpoint { origin: origin.to_owned(), size: 7, root: [9; 32] }
}

#[test]
fn a_signed_checkpoint_has_one_form_for_ever() {
    let text = checkpoint("moot.example/log").text();
    let signed = note(&text, &[line("moot.example/log", 7, &text)]);
    assert_eq!(
        key("moot.example/log", 7).to_string(),
        "moot.example/log+8fcea70c+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    );
    assert_eq!(
        signed,
        "moot.example/log\n7\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\n\u{2014} moot.example/log j86nDDY2wL3C8/Zed+GiTQR6n19LvXrNUgXriz856utzGzxkTH/K07XR1iS3BtTek7stfPyLV3Qp2DO276ws9o60AgM=\n"
    );
}

#[test]
fn a_checkpoint_counts_under_its_own_logs_key_alone() {
    let text = checkpoint("moot.example/log").text();
    let ours = key("moot.example/log", 7);
    let signed = note(&text, &[line("moot.example/log", 7, &text)]);
    assert_eq!(Checkpoint::verified(signed.as_bytes(), &ours), Ok(checkpoint("moot.example/log")));
    let witnessed = note(&text, &[line("witness.example", 8, &text), line("moot.example/log", 7, &text)]);
    assert!(Checkpoint::verified(witnessed.as_bytes(), &ours).is_ok(), "others may sign it too");
    for (why, wrong) in [
        ("another key", note(&text, &[line("moot.example/log", 8, &text)])),
        ("another name", note(&text, &[line("other.example/log", 7, &text)])),
        ("nobody", note(&text, &[])),
        ("another text", note(&text.replace('7', "8"), &[line("moot.example/log", 7, &text)])),
    ] {
        assert!(Checkpoint::verified(wrong.as_bytes(), &ours).is_err(), "{why}");
    }
    let foreign = checkpoint("other.example/log").text();
    let signed = note(&foreign, &[line("moot.example/log", 7, &foreign)]);
    assert_eq!(Checkpoint::verified(signed.as_bytes(), &ours), Err(LogError::OtherOrigin), "it signs for another log");
}

#[test]
fn every_changed_byte_of_a_checkpoint_is_noticed() {
    let text = checkpoint("moot.example/log").text();
    let ours = key("moot.example/log", 7);
    let signed = note(&text, &[line("moot.example/log", 7, &text)]).into_bytes();
    for place in 0..signed.len() {
        let mut changed = signed.clone();
        changed[place] ^= 1;
        assert!(Checkpoint::verified(&changed, &ours).is_err(), "byte {place}");
    }
    for end in 0..signed.len() {
        assert!(Checkpoint::verified(&signed[..end], &ours).is_err(), "cut at {end}");
    }
    let endless = [signed, vec![b'x'; 100_000]].concat();
    assert_eq!(open(&endless, &ours), Err(LogError::BadCheckpoint));
}

#[test]
fn a_key_has_one_text() {
    let text = key("moot.example/log", 7).to_string();
    assert_eq!(text.parse::<Vkey>().unwrap().to_string(), text);
    let other_id = text.replacen('+', "+0", 1);
    for wrong in ["", "a+b", &text[1..], &text[..text.len() - 1], &other_id, &text.to_uppercase(), &format!("{text} ")] {
        assert_eq!(wrong.parse::<Vkey>(), Err(LogError::BadKey), "{wrong}");
    }
    for name in ["", "a b", "a+b", "a\nb", &"a".repeat(600)] {
        assert_eq!(Vkey::new(name, *key("x", 7).key()), Err(LogError::BadKey), "{name}");
    }
}

#[test]
fn a_community_announces_its_own_log_alone() {
    let vkey = key("moot.example/log", 7);
    let actor = |id: &str, checkpoint: &str, vkey: &Vkey| json!({ "id": id, "vet:log": { "checkpoint": checkpoint, "vkey": vkey.to_string() } });
    let read = announced(&actor("https://moot.example/community", "https://moot.example/log/checkpoint", &vkey)).unwrap();
    assert_eq!((read.url.as_str(), &read.key), ("https://moot.example/log", &vkey));
    for (id, checkpoint) in [
        ("https://moot.example/community", "https://other.example/log/checkpoint"),
        ("https://other.example/community", "https://other.example/log/checkpoint"),
        ("https://moot.example/community", "https://moot.example:444/log/checkpoint"),
        ("https://moot.example/community", "https://moot.example/log"),
        ("moot.example", "https://moot.example/log/checkpoint"),
    ] {
        assert_eq!(announced(&actor(id, checkpoint, &vkey)), Err(LogError::OtherOrigin), "{id} {checkpoint}");
    }
    let port = key("moot.example:8443/log", 7);
    assert!(announced(&actor("http://moot.example:8443/c", "http://moot.example:8443/log/checkpoint", &port)).is_ok());
    assert_eq!(announced(&json!({ "id": "https://moot.example/community" })), Err(LogError::BadKey));
    assert_eq!(announced(&json!({ "id": 1, "vet:log": "x" })), Err(LogError::BadKey));
}
