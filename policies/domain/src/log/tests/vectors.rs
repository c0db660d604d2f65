//! What others publish as the right answer.

use super::super::{Checkpoint, Hashes, LogError, Vkey, append, frontier, note, open, root};

/// The inputs and roots that Certificate Transparency's own tests use.
const INPUTS: [&str; 8] = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_roots_of_certificate_transparency_come_out() {
    let mut known = Hashes::new();
    for (size, (input, expected)) in (0..).zip(INPUTS.iter().zip(ROOTS)) {
        let added = append(size, &hex::decode(input).unwrap(), &known).unwrap();
        known.extend(added);
        assert!(frontier(size + 1).unwrap().iter().all(|number| known.contains_key(number)));
        assert_eq!(hex::encode(root(size + 1, &known).unwrap()), expected, "{} leaves", size + 1);
    }
    let empty = hex::encode(root(0, &Hashes::new()).unwrap());
    assert_eq!(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fn the_note_of_the_specification_opens() {
    let key: Vkey = KEY.parse().unwrap();
    assert_eq!((key.name(), key.id(), key.to_string().as_str()), ("PeterNeumann", 0xc74f_20a3, KEY));
    let text = open(NOTE.as_bytes(), &key).unwrap();
    assert!(NOTE.starts_with(&text) && text.ends_with("problem is.\n"));
    let forged = NOTE.replace("answer", "reason");
    assert_eq!(open(forged.as_bytes(), &key), Err(LogError::SignatureWrong));
}

#[test]
fn a_checkpoint_has_the_form_of_the_specification() {
    let text = "example.com/origin\n923748\nnND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=\n";
    let checkpoint = Checkpoint::parse(text).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/origin", 923_748));
    assert_eq!(checkpoint.text(), text);
    assert_eq!(Checkpoint::parse(&format!("{text}an extension\n")).unwrap(), checkpoint);
    let claimed = Checkpoint::claimed(note(text, &["\u{2014} x AAAAAAA=\n".to_owned()]).as_bytes()).unwrap();
    assert_eq!(claimed, checkpoint);
    for wrong in ["", "o\n1\n", "o\n01\nnND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=\n", "o\n1\nAAAA\n", &text.repeat(400)] {
        assert_eq!(Checkpoint::parse(wrong), Err(LogError::BadCheckpoint), "{wrong}");
    }
    let endless = "o\n18446744073709551615\nnND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=\n";
    assert_eq!(Checkpoint::parse(endless), Err(LogError::BadCheckpoint), "no log has so many leaves");
}
