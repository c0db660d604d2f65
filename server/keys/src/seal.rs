//! Secrets at rest: AES-256-GCM under a key made for each of them by HKDF-SHA256 from the master secret.

use data_encoding::BASE64;
use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::Id;
use openssl::pkey_ctx::PkeyCtx;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::master::MasterSecret;
use crate::token::random;

/// What a derived key is for (RFC 5869 section 3.2): what was sealed for one thing does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Private keys.
    Keys,
    /// Secrets of others: credentials at indexes.
    Vault,
}

impl Use {
    fn info(self) -> &'static [u8] {
        match self {
            Self::Keys => b"vetmoot keys at rest 1",
            Self::Vault => b"vetmoot vault at rest 1",
        }
    }
}

const TAG_BYTES: usize = 16;

/// A sealed secret, each field in base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    /// 32 random bytes, so that every secret has a key of its own.
    salt: String,
    /// 12 random bytes.
    nonce: String,
    /// The ciphertext and its tag of 16 bytes.
    ciphertext: String,
}

impl Sealed {
    /// Seals `secret`; `about` must be the same when it is opened, so that sealed secrets cannot change places.
    pub(crate) fn seal(master: &MasterSecret, about: &[u8], secret: &[u8]) -> Result<Self, ErrorStack> {
        Self::seal_for(Use::Keys, master, about, secret)
    }
    /// As [`Self::seal`], for this use.
    pub(crate) fn seal_for(what: Use, master: &MasterSecret, about: &[u8], secret: &[u8]) -> Result<Self, ErrorStack> {
        let (salt, nonce) = (random::<32>()?, random::<12>()?);
        let key = derive(what, master, &salt)?;
        let mut tag = [0; TAG_BYTES];
        let mut sealed = encrypt_aead(Cipher::aes_256_gcm(), &*key, Some(&nonce), about, secret, &mut tag)?;
        sealed.extend_from_slice(&tag);
        Ok(Self { salt: BASE64.encode(&salt), nonce: BASE64.encode(&nonce), ciphertext: BASE64.encode(&sealed) })
    }
    /// Opens it; `None` when the master secret or `about` is another, or anything was changed.
    pub(crate) fn open(&self, master: &MasterSecret, about: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_for(Use::Keys, master, about)
    }
    /// As [`Self::open`], for this use.
    pub(crate) fn open_for(&self, what: Use, master: &MasterSecret, about: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let decode = |text: &str| BASE64.decode(text.as_bytes()).ok();
        let (salt, nonce, sealed) = (decode(&self.salt)?, decode(&self.nonce)?, decode(&self.ciphertext)?);
        if nonce.len() != 12 {
            return None;
        }
        let (body, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_BYTES)?)?;
        let key = derive(what, master, &salt).ok()?;
        decrypt_aead(Cipher::aes_256_gcm(), &*key, Some(&nonce), about, body, tag).ok().map(Zeroizing::new)
    }
}

fn derive(what: Use, master: &MasterSecret, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, ErrorStack> {
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_salt(salt)?;
    context.set_hkdf_key(master.bytes())?;
    context.add_hkdf_info(what.info())?;
    let mut key = Zeroizing::new([0; 32]);
    context.derive(Some(&mut *key))?;
    Ok(key)
}
