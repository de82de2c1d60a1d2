//! The certificate authority that signs the server's certificates, generated or configured.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use quick_cache::sync::Cache;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::{TlsError, configured, provider};
use crate::clock::Clock;
use crate::ids;

/// How many hosts' certificates are cached. With a wildcard host, clients may ask for any number of them.
const CACHED: usize = 256;
/// How long a generated authority is valid. It is not renewed; users replace it by deleting it.
const AUTHORITY_DAYS: i64 = 3650;
/// How long a certificate is valid: some clients refuse more than 825 days.
const LEAF_DAYS: i64 = 820;

/// A certificate authority, with a cache of the certificates that it has signed.
pub(crate) struct Authority {
    pem: String,
    key_pem: String,
    chain: Vec<CertificateDer<'static>>,
    issuer: Issuer<'static, KeyPair>,
    /// The key of every signed certificate, so that a new host needs no new key.
    leaf_key: KeyPair,
    leaves: Cache<String, Leaf>,
}

/// The certificate of one host.
#[derive(Clone)]
struct Leaf {
    certified: Arc<CertifiedKey>,
    config: Arc<ServerConfig>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// Generates a new authority.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(crate) fn generate() -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = params(Vec::new(), AUTHORITY_DAYS)?;
        // The random part distinguishes several authorities in one trust store.
        let name = format!("scandouble CA {} (for tests)", ids::hex(&ids::random::<4>()));
        params.distinguished_name.push(DnType::CommonName, name);
        // It signs certificates of servers, not further authorities.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key)?.pem();
        Self::from_pem(&pem, &key.serialize_pem())
    }

    /// The authority with this certificate (or chain, its own certificate first) and key, as PEM.
    ///
    /// # Errors
    /// They cannot be parsed, do not belong together, or may not sign other certificates.
    pub(crate) fn from_pem(certificate: &str, key: &str) -> Result<Self, TlsError> {
        let chain = chain(certificate)?;
        // This also checks that they belong together.
        certified(chain.clone(), key)?;
        let pair = KeyPair::from_pem(key)?;
        let issuer = Issuer::from_ca_cert_der(&chain[0], pair)?;
        let usages = issuer.key_usages();
        // A certificate without key usages is not restricted to any.
        if !usages.is_empty() && !usages.contains(&KeyUsagePurpose::KeyCertSign) {
            return Err(TlsError::NotAnAuthority);
        }
        Ok(Self {
            pem: certificate.to_owned(),
            key_pem: key.to_owned(),
            chain,
            issuer,
            leaf_key: KeyPair::generate()?,
            leaves: Cache::new(CACHED),
        })
    }

    /// Its certificate as PEM, which clients have to trust.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Its key as PEM.
    pub(crate) fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// A certificate for these names and addresses, the first of which is its common name.
    pub(super) fn sign(&self, names: &[String]) -> Result<Arc<CertifiedKey>, TlsError> {
        let mut params = params(names.to_vec(), LEAF_DAYS)?;
        // A common name has at most 64 characters; clients check the alternative names.
        let common = names.first().filter(|name| name.len() <= 64).map_or("scandouble", String::as_str);
        params.distinguished_name.push(DnType::CommonName, common);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&self.leaf_key, &self.issuer)?;
        let mut chain = vec![certificate.der().clone()];
        // A configured authority may be an intermediate one, which clients can verify only with its issuers.
        chain.extend(self.chain.iter().cloned());
        certified(chain, &self.leaf_key.serialize_pem())
    }

    /// The certificate for `host`.
    pub(super) fn certificate(&self, host: &str) -> Result<Arc<CertifiedKey>, TlsError> {
        Ok(self.leaf(host)?.certified)
    }

    /// The TLS configuration for `host`.
    pub(super) fn config(&self, host: &str) -> Result<Arc<ServerConfig>, TlsError> {
        Ok(self.leaf(host)?.config)
    }

    fn leaf(&self, host: &str) -> Result<Leaf, TlsError> {
        self.leaves.get_or_insert_with(host, || {
            let certified = self.sign(&[host.to_owned()])?;
            let config = configured(Arc::new(SingleCertAndKey::from(certified.clone())))?;
            Ok(Leaf { certified, config })
        })
    }
}

/// The parameters of a certificate. It is valid from yesterday, so that clients whose clock is slow accept it.
fn params(names: Vec<String>, days: i64) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(names)?;
    // The default has a common name of the library.
    params.distinguished_name = rcgen::DistinguishedName::new();
    let now = Clock::running().now();
    let (year, month, day) = date(now, -1);
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now, days);
    params.not_after = date_time_ymd(year, month, day);
    Ok(params)
}

/// The date `days` days after `now`.
fn date(now: Timestamp, days: i64) -> (i32, u8, u8) {
    let at = now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
    let date = at.to_zoned(TimeZone::UTC).date();
    let unsigned = |part: i8| u8::try_from(part).unwrap_or(1);
    (i32::from(date.year()), unsigned(date.month()), unsigned(date.day()))
}

pub(super) fn chain(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::NoCertificate)
}

pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key_pem: &str,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| TlsError::NoKey)?;
    Ok(Arc::new(CertifiedKey::from_der(chain, key, &provider())?))
}
