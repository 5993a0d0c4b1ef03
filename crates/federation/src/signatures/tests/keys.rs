//! Which keys are read at all (T068, T102).

use proptest::prelude::*;

use super::{KEY_ID, PAIR, ours, pkcs1_pem, private_pem};
use crate::signatures::{SignatureError, SigningKey, VerifyingKey};

#[test]
fn forms_and_sizes() {
    assert!(VerifyingKey::from_pem(&pkcs1_pem(&PAIR)).is_ok());
    let spki = ours().public_key_pem().unwrap();
    assert!(spki.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert!(VerifyingKey::from_pem(&format!("  \r\n{}", spki.replace('\n', "\r\n").trim_end())).is_ok());

    // A modulus is only looked at for its length, so any odd number of that length will do.
    let tagged = |tag: u8, bytes: &[u8]| {
        let length = match bytes.len() {
            short @ 0..128 => vec![short as u8],
            middling @ 128..256 => vec![0x81, middling as u8],
            long => vec![0x82, (long >> 8) as u8, long as u8],
        };
        [&[tag], length.as_slice(), bytes].concat()
    };
    let modulus = |bits: usize| {
        let mut n = vec![0xff; bits / 8];
        n.insert(0, 0);
        let key = [tagged(0x02, &n), tagged(0x02, &[0x01, 0x00, 0x01])].concat();
        pem::encode(&pem::Pem::new("RSA PUBLIC KEY", tagged(0x30, &key)))
    };
    assert!(VerifyingKey::from_pem(&modulus(2048)).is_ok());
    assert!(VerifyingKey::from_pem(&modulus(8192)).is_ok());
    let cases = [
        (modulus(1024), SignatureError::KeySize),
        (modulus(2040), SignatureError::KeySize),
        (modulus(8200), SignatureError::KeySize),
        (modulus(65_536), SignatureError::KeySize),
        (String::new(), SignatureError::KeyMalformed),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".into(), SignatureError::KeyMalformed),
        (spki.replace("PUBLIC KEY", "CERTIFICATE"), SignatureError::KeyMalformed),
        (private_pem(&PAIR), SignatureError::KeyMalformed),
    ];
    for (number, (pem, expected)) in cases.iter().enumerate() {
        assert_eq!(VerifyingKey::from_pem(pem).err(), Some(*expected), "case {number}");
    }
    assert_eq!(SigningKey::from_pem(&spki, KEY_ID).err(), Some(SignatureError::KeyMalformed));
    assert_eq!(SigningKey::from_pem(&private_pem(&PAIR), "a\"b").err(), Some(SignatureError::KeyId));
    assert!(!format!("{:?}", ours()).contains("BEGIN"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn reading_never_panics(text in r"\PC{0,200}", der in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = VerifyingKey::from_pem(&text);
        let _ = VerifyingKey::from_pem(&pem::encode(&pem::Pem::new("PUBLIC KEY", der)));
    }
}
