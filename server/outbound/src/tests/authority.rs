//! A certificate authority made for one test run.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder, X509NameRef};

/// An authority and the certificates it signs.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn begin(common_name: &str, serial: u32, key: &PKey<Private>, issuer: Option<&X509NameRef>) -> X509Builder {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", common_name).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.unwrap_or(&name)).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
}

impl Authority {
    pub fn new() -> Self {
        let key = key();
        let mut builder = begin("Test authority", 1, &key, None);
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { key, certificate: builder.build() }
    }
    pub fn pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()
    }
    /// A server's side of TLS under `name`, speaking the protocols of `alpn`.
    pub fn acceptor(&self, name: &str, alpn: &[&str]) -> tokio_native_tls::TlsAcceptor {
        let key = key();
        let mut builder = begin(name, 2, &key, Some(self.certificate.subject_name()));
        let names = SubjectAlternativeName::new().dns(name).build(&builder.x509v3_context(Some(&self.certificate), None));
        builder.append_extension(names.unwrap()).unwrap();
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        let (certificate, key) = (builder.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap());
        let identity = native_tls::Identity::from_pkcs8(&certificate, &key).unwrap();
        native_tls::TlsAcceptor::builder(identity).accept_alpn(alpn).build().unwrap().into()
    }
}
