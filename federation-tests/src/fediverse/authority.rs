//! A certificate authority of the benches' own, and one certificate for many loopback addresses.

use std::net::Ipv4Addr;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use tokio_native_tls::TlsAcceptor;
use tokio_native_tls::native_tls::{Identity, TlsAcceptor as Builder};

/// What accepts connections at all of these addresses, and the authority's certificate as PEM.
///
/// # Panics
/// When openssl cannot make keys or certificates.
pub fn acceptor(addresses: impl Iterator<Item = Ipv4Addr>) -> (TlsAcceptor, String) {
    make(addresses).expect("openssl makes keys and certificates")
}

fn make(addresses: impl Iterator<Item = Ipv4Addr>) -> Result<(TlsAcceptor, String), ErrorStack> {
    let (root_key, key) = (key()?, key()?);
    let root = certificate("an authority of the benches", 1, &root_key, None)?;
    let mut names = SubjectAlternativeName::new();
    for address in addresses {
        names.ip(&address.to_string());
    }
    let leaf = certificate("a crowd", 2, &key, Some((&root, &root_key, &names)))?;
    let identity = Identity::from_pkcs8(&leaf.to_pem()?, &key.private_key_to_pem_pkcs8()?);
    let acceptor = identity.and_then(Builder::new).expect("the key is the certificate's");
    let root = String::from_utf8_lossy(&root.to_pem()?).into_owned();
    Ok((TlsAcceptor::from(acceptor), root))
}

fn key() -> Result<PKey<Private>, ErrorStack> {
    // What servers of today have: signing with it costs little.
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

/// A certificate: by itself, or by an authority and for names.
fn certificate(
    called: &str,
    serial: u32,
    key: &PKey<Private>,
    by: Option<(&X509, &PKey<Private>, &SubjectAlternativeName)>,
) -> Result<X509, ErrorStack> {
    let mut subject = X509NameBuilder::new()?;
    subject.append_entry_by_text("CN", called)?;
    let subject = subject.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*BigNum::from_u32(serial)?.to_asn1_integer()?)?;
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(by.map_or(&*subject, |(root, _, _)| root.subject_name()))?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(2)?)?;
    builder.set_pubkey(key)?;
    match by {
        None => builder.append_extension(BasicConstraints::new().critical().ca().build()?)?,
        Some((root, _, names)) => {
            let context = builder.x509v3_context(Some(root), None);
            let names = names.build(&context)?;
            builder.append_extension(names)?;
        }
    }
    builder.sign(by.map_or(key, |(_, root_key, _)| root_key), MessageDigest::sha256())?;
    Ok(builder.build())
}
