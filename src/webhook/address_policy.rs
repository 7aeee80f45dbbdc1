//! Decides which receivers may be called: public addresses, and the private networks that an
//! operator allows.
//!
//! Callers choose the receiver's URL, so without a policy any caller that may queue a match could
//! make this service call the database, the cloud's metadata endpoint or the operator's own
//! machines. The check happens twice. [`AddressPolicy::check_url`] checks the URL by itself; the
//! [`Resolve`] implementation filters the addresses that a name resolves to when a connection is
//! opened, and the connection uses exactly these addresses. So a name that changes its addresses in
//! between (DNS rebinding) gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::resolved_names::ResolvedNames;
use crate::service::webhook_transport::{MAXIMUM_URL_LENGTH, ReceiverPolicy};

/// Decides which addresses may receive webhooks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    allowed_private_networks: Arc<[IpNet]>,
    /// Empty if all are allowed.
    allowed_ports: Arc<[u16]>,
    names: Arc<ResolvedNames>,
}

/// The reasons for refusing a receiver. The messages are meant for the caller that chose the URL;
/// they contain its host, never its path or query, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverRefused {
    /// The text is not an absolute URL.
    #[error("the URL can't be read")]
    Unreadable(#[source] url::ParseError),
    /// The scheme is neither `http` nor `https`.
    #[error("the scheme must be http or https, not {scheme}")]
    Scheme {
        /// The scheme of the URL.
        scheme: String,
    },
    /// The URL names no host.
    #[error("the URL has no host")]
    NoHost,
    /// The URL contains a user name or password.
    #[error("the URL must not contain a user name or password")]
    Credentials,
    /// The URL is longer than [`MAXIMUM_URL_LENGTH`].
    #[error("the URL has {length} bytes, at most {MAXIMUM_URL_LENGTH} are accepted")]
    TooLong {
        /// The length of the URL, in bytes.
        length: usize,
    },
    /// The URL's host, or every address that it resolves to, may not be called.
    #[error(
        "{host} is {kind}, which may not receive webhooks unless webhook.allowed_private_networks \
         contains it"
    )]
    Address {
        /// The host in the URL.
        host: String,
        /// The kind of the address.
        kind: &'static str,
    },
    /// The port may not be called.
    #[error(
        "webhooks may not be sent to port {port}; webhook.allowed_ports lists the ports, and every \
         port is allowed in webhook.allowed_private_networks"
    )]
    Port {
        /// The port of the URL.
        port: u16,
    },
}

#[async_trait]
impl ReceiverPolicy for AddressPolicy {
    fn refusal(&self, url: &str) -> Option<String> {
        self.check_url(url).err().map(|refused| refused.to_string())
    }

    async fn refusal_of_name(&self, url: &str) -> Option<String> {
        let url = self.check_url(url).ok()?;
        let refused = self.check_name(&url).await.err();
        refused.map(|refused| refused.to_string())
    }
}

impl AddressPolicy {
    /// Creates a policy. Public addresses are allowed at `allowed_ports`, which are all if there are
    /// none; all addresses in `allowed_private_networks` are allowed too, at every port.
    pub fn new(allowed_private_networks: Vec<IpNet>, allowed_ports: Vec<u16>) -> Self {
        Self {
            allowed_private_networks: allowed_private_networks.into(),
            allowed_ports: allowed_ports.into(),
            names: Arc::default(),
        }
    }

    /// Parses a receiver's URL and refuses it if that is possible without resolving a name.
    ///
    /// # Errors
    ///
    /// [`ReceiverRefused`], with the first reason found.
    pub fn check_url(&self, text: &str) -> Result<Url, ReceiverRefused> {
        if text.len() > MAXIMUM_URL_LENGTH {
            return Err(ReceiverRefused::TooLong { length: text.len() });
        }
        let url = Url::parse(text).map_err(ReceiverRefused::Unreadable)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ReceiverRefused::Scheme {
                scheme: url.scheme().to_owned(),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ReceiverRefused::Credentials);
        }
        // The `url` crate has already turned decimal, octal, hexadecimal, shortened and
        // dot-terminated spellings of an IPv4 address into the address itself.
        let (refused, is_listed) = match url.host().ok_or(ReceiverRefused::NoHost)? {
            Host::Ipv4(address) => self.check_address(address.into()),
            Host::Ipv6(address) => self.check_address(address.into()),
            // A name may stand for an address in a listed network: see `check_name`.
            Host::Domain(name) => (
                self.name_refusal(name),
                !self.allowed_private_networks.is_empty(),
            ),
        };
        if let Some(kind) = refused {
            return Err(ReceiverRefused::Address {
                host: url.host_str().unwrap_or_default().to_owned(),
                kind,
            });
        }
        match self.refused_port(&url) {
            Some(port) if !is_listed => Err(ReceiverRefused::Port { port }),
            _ => Ok(url),
        }
    }

    /// Returns the kind of an address that may not be called, and whether it is listed.
    fn check_address(&self, address: IpAddr) -> (Option<&'static str>, bool) {
        (self.address_refusal(address), self.is_listed(address))
    }

    /// Returns the port of a URL if public addresses may not be called at it.
    fn refused_port(&self, url: &Url) -> Option<u16> {
        let port = url.port_or_known_default()?;
        let is_allowed = self.allowed_ports.is_empty() || self.allowed_ports.contains(&port);
        (!is_allowed).then_some(port)
    }

    /// Refuses a URL whose name resolves only to addresses that may not be called, or not at its
    /// port. A name that can't be resolved now is allowed: the check is made again for each delivery.
    ///
    /// # Errors
    ///
    /// [`ReceiverRefused`].
    pub async fn check_name(&self, url: &Url) -> Result<(), ReceiverRefused> {
        let Some(Host::Domain(name)) = url.host() else {
            return Ok(());
        };
        let addresses = self.names.addresses(name).await;
        let sockets = addresses.iter().map(|address| SocketAddr::new(*address, 0));
        let allowed = self.filter(name, sockets)?;
        match self.refused_port(url) {
            Some(port) if !allowed.iter().all(|address| self.is_listed(address.ip())) => {
                Err(ReceiverRefused::Port { port })
            }
            _ => Ok(()),
        }
    }

    /// Checks a URL again before it is called. Names are resolved by the connection itself, which
    /// doesn't know the port.
    ///
    /// # Errors
    ///
    /// [`ReceiverRefused`].
    pub(super) async fn check_port(&self, url: &Url) -> Result<(), ReceiverRefused> {
        match self.refused_port(url) {
            Some(_) => self.check_name(url).await,
            None => Ok(()),
        }
    }

    /// Returns true if this address may be called.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.address_refusal(address).is_none()
    }

    /// Returns the kind of this address if it may not be called.
    fn address_refusal(&self, address: IpAddr) -> Option<&'static str> {
        if self.is_listed(address) {
            return None;
        }
        match address {
            IpAddr::V4(address) => refused_v4(address),
            IpAddr::V6(address) => match embedded_v4(address) {
                // Such an address reaches the embedded IPv4 host, so that host is checked.
                Some(embedded) => self.address_refusal(embedded.into()),
                None => refused_v6(address),
            },
        }
    }

    /// Returns the kind of address that a name stands for if it may not be called. By RFC 6761
    /// `localhost` and all names below it are the machine itself, whatever the resolver returns.
    fn name_refusal(&self, name: &str) -> Option<&'static str> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let is_local = name == "localhost" || name.ends_with(".localhost");
        let loopback_is_listed = self.is_listed(Ipv4Addr::LOCALHOST.into())
            || self.is_listed(Ipv6Addr::LOCALHOST.into());
        (is_local && !loopback_is_listed).then_some("a loopback name")
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.allowed_private_networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Returns the addresses that may be called, or the refusal if there are none.
    fn filter(
        &self,
        host: &str,
        resolved: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, ReceiverRefused> {
        let mut refused = None;
        let mut allowed = Vec::new();
        for address in resolved {
            match self.address_refusal(address.ip()) {
                Some(kind) => refused = Some(kind),
                None => allowed.push(address),
            }
        }
        match refused {
            Some(kind) if allowed.is_empty() => Err(ReceiverRefused::Address {
                host: host.to_owned(),
                kind,
            }),
            _ => Ok(allowed),
        }
    }
}

impl Resolve for AddressPolicy {
    /// Resolves with the system's resolver and keeps the allowed addresses only.
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.clone();
        Box::pin(async move {
            // Port 0 stands for the scheme's own port; a port in the URL replaces it.
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = policy.filter(name.as_str(), resolved)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix_length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_length)
}

const fn v6(first: u16, second: u16, third: u16, prefix_length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(
        Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0),
        prefix_length,
    )
}

/// IANA's registry of special-purpose IPv4 addresses, multicast, and the public address at which
/// Azure's machines reach the services of their host.
const REFUSED_V4: [(Ipv4Net, &str); 17] = [
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "a carrier-shared address"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(168, 63, 129, 16, 32), "a cloud's internal address"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "a documentation address"),
    (v4(192, 88, 99, 0, 24), "a reserved address"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "a benchmarking address"),
    (v4(198, 51, 100, 0, 24), "a documentation address"),
    (v4(203, 0, 113, 0, 24), "a documentation address"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// Special-purpose IPv6 networks. Those inside the global range must be listed to be refused; the
/// others would be refused anyway and are listed for a precise name.
const REFUSED_V6: [(Ipv6Net, &str); 9] = [
    // Teredo and other protocol assignments. Teredo embeds an IPv4 address, and no public service
    // uses these addresses.
    (v6(0x2001, 0, 0, 23), "a reserved address"),
    (v6(0x2001, 0x0db8, 0, 32), "a documentation address"),
    (v6(0x3fff, 0, 0, 20), "a documentation address"),
    (v6(0xfc00, 0, 0, 7), "a private address"),
    (v6(0xfe80, 0, 0, 10), "a link-local address"),
    (v6(0xfec0, 0, 0, 10), "a site-local address"),
    (v6(0xff00, 0, 0, 8), "a multicast address"),
    (
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
        "a loopback address",
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
        "an unspecified address",
    ),
];

/// The only range of public IPv6 addresses.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);
/// NAT64 (RFC 6052): the last four bytes are an IPv4 address.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    REFUSED_V4
        .iter()
        .find_map(|(network, kind)| network.contains(&address).then_some(*kind))
}

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    REFUSED_V6
        .iter()
        .find_map(|(network, kind)| network.contains(&address).then_some(*kind))
        .or_else(|| (!GLOBAL_V6.contains(&address)).then_some("a reserved address"))
}

/// Returns the IPv4 address that an IPv6 address embeds: mapped, compatible, 6to4 or NAT64.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let at = |start: usize| {
        Ipv4Addr::new(
            octets[start],
            octets[start + 1],
            octets[start + 2],
            octets[start + 3],
        )
    };
    let is_compatible = octets[..12].iter().all(|octet| *octet == 0)
        && address != Ipv6Addr::LOCALHOST
        && address != Ipv6Addr::UNSPECIFIED;
    if address.to_ipv4_mapped().is_some() || NAT64.contains(&address) || is_compatible {
        Some(at(12))
    } else if address.segments()[0] == 0x2002 {
        Some(at(2))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PORTS: [u16; 4] = [80, 443, 8080, 8443];

    fn strict() -> AddressPolicy {
        AddressPolicy::new(Vec::new(), PORTS.to_vec())
    }

    fn allowing(networks: &[&str]) -> AddressPolicy {
        AddressPolicy::new(
            networks.iter().map(|n| n.parse().unwrap()).collect(),
            PORTS.to_vec(),
        )
    }

    fn kind(policy: &AddressPolicy, url: &str) -> Option<&'static str> {
        match policy.check_url(url) {
            Ok(_) => None,
            Err(ReceiverRefused::Address { kind, .. }) => Some(kind),
            Err(other) => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn public_receivers_are_allowed() {
        for url in [
            "https://example.com/hook?token=1",
            "http://example.com:8080/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[64:ff9b::808:808]/",
            "https://[2002:808:808::1]/",
            "https://[::ffff:8.8.8.8]/",
            "https://notlocalhost/",
        ] {
            assert_eq!(kind(&strict(), url), None, "{url}");
        }
    }

    #[test]
    fn special_ipv4_addresses_are_refused() {
        for (address, expected) in [
            ("0.0.0.0", "an unspecified address"),
            ("0.1.2.3", "an unspecified address"),
            ("10.0.0.1", "a private address"),
            ("100.64.0.1", "a carrier-shared address"),
            ("100.127.255.255", "a carrier-shared address"),
            ("127.0.0.1", "a loopback address"),
            ("127.255.255.255", "a loopback address"),
            ("168.63.129.16", "a cloud's internal address"),
            ("169.254.169.254", "a link-local address"),
            ("172.16.0.1", "a private address"),
            ("172.31.255.255", "a private address"),
            ("192.0.0.1", "a reserved address"),
            ("192.0.2.1", "a documentation address"),
            ("192.88.99.1", "a reserved address"),
            ("192.168.1.1", "a private address"),
            ("198.19.0.1", "a benchmarking address"),
            ("198.51.100.1", "a documentation address"),
            ("203.0.113.1", "a documentation address"),
            ("224.0.0.1", "a multicast address"),
            ("240.0.0.1", "a reserved address"),
            ("255.255.255.255", "the broadcast address"),
        ] {
            assert_eq!(
                kind(&strict(), &format!("http://{address}/")),
                Some(expected)
            );
        }
    }

    #[test]
    fn special_ipv6_addresses_are_refused() {
        for (address, expected) in [
            ("::", "an unspecified address"),
            ("::1", "a loopback address"),
            ("::2", "an unspecified address"),
            ("::127.0.0.1", "a loopback address"),
            ("::ffff:10.0.0.1", "a private address"),
            ("::ffff:169.254.169.254", "a link-local address"),
            ("64:ff9b::7f00:1", "a loopback address"),
            ("64:ff9b:1::1", "a reserved address"),
            ("100::1", "a reserved address"),
            ("2001::1", "a reserved address"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a reserved address"),
            ("2001:db8::1", "a documentation address"),
            ("2002:7f00:1::", "a loopback address"),
            ("2002:c0a8:101::1", "a private address"),
            ("3fff::1", "a documentation address"),
            ("5f00::1", "a reserved address"),
            ("fc00::1", "a private address"),
            ("fdff::1", "a private address"),
            ("fe80::1", "a link-local address"),
            ("fec0::1", "a site-local address"),
            ("ff02::1", "a multicast address"),
        ] {
            assert_eq!(
                kind(&strict(), &format!("http://[{address}]/")),
                Some(expected),
                "{address}"
            );
        }
    }

    #[test]
    fn odd_spellings_of_an_address_are_seen_through() {
        for url in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://017700000001/",
            "http://127.1/",
            "http://127.0.1/",
            "http://127.0.0.1./",
            "http://127.0.0.1:80/",
            "http://%31%32%37.0.0.1/",
            "http://１２７.0.0.1/",
            "http://127。0。0。1/",
            "http:127.0.0.1/",
            "http:\\\\127.0.0.1\\",
            " http://127.0.0.1/ ",
            "HTTP://0X7F.0.0.1",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::ffff:7f00:1]/",
        ] {
            assert_eq!(kind(&strict(), url), Some("a loopback address"), "{url}");
        }
    }

    #[test]
    fn local_names_are_refused_in_every_spelling() {
        for url in [
            "http://localhost/",
            "http://LOCALHOST:8080/",
            "http://localhost./",
            "http://api.localhost/",
            "http://ｌocalhost/",
        ] {
            assert_eq!(kind(&strict(), url), Some("a loopback name"), "{url}");
            assert_eq!(kind(&allowing(&["127.0.0.0/8"]), url), None, "{url}");
            assert_eq!(kind(&allowing(&["::1/128"]), url), None, "{url}");
            assert!(kind(&allowing(&["10.0.0.0/8"]), url).is_some(), "{url}");
        }
    }

    #[test]
    fn an_allowed_network_opens_itself_and_nothing_else() {
        let policy = allowing(&["10.1.0.0/16", "fd00::/64"]);
        for url in [
            "http://10.1.2.3/",
            "http://[fd00::5]/",
            "http://[::ffff:10.1.2.3]/",
        ] {
            assert_eq!(kind(&policy, url), None, "{url}");
        }
        for url in [
            "http://10.2.0.1/",
            "http://[fd00:0:0:1::5]/",
            "http://127.0.0.1/",
        ] {
            assert!(kind(&policy, url).is_some(), "{url}");
        }
    }

    #[test]
    fn urls_that_are_no_web_receivers_are_refused() {
        let policy = strict();
        assert!(matches!(
            policy.check_url("not a url"),
            Err(ReceiverRefused::Unreadable(_))
        ));
        assert!(matches!(
            policy.check_url("http://"),
            Err(ReceiverRefused::Unreadable(_))
        ));
        for url in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com",
        ] {
            assert!(
                matches!(policy.check_url(url), Err(ReceiverRefused::Scheme { .. })),
                "{url}"
            );
        }
        for url in ["https://user@example.com/", "https://:secret@example.com/"] {
            assert_eq!(policy.check_url(url), Err(ReceiverRefused::Credentials));
        }
        let fitting = format!("https://example.com/{}", "a".repeat(2048 - 20));
        assert!(policy.check_url(&fitting).is_ok());
        assert_eq!(
            policy.check_url(&format!("{fitting}a")),
            Err(ReceiverRefused::TooLong { length: 2049 })
        );
    }

    #[test]
    fn a_refusal_names_the_host_and_not_the_token() {
        let error = strict()
            .check_url("http://127.0.0.1/hook?token=hunter2")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "127.0.0.1 is a loopback address, which may not receive webhooks unless \
             webhook.allowed_private_networks contains it"
        );
    }

    #[test]
    fn resolved_addresses_are_filtered_one_by_one() {
        let private: SocketAddr = "10.0.0.1:0".parse().unwrap();
        let public: SocketAddr = "93.184.215.14:0".parse().unwrap();
        assert_eq!(
            strict().filter("mixed.example", [private, public].into_iter()),
            Ok(vec![public])
        );
        assert_eq!(
            strict().filter("rebound.example", [private].into_iter()),
            Err(ReceiverRefused::Address {
                host: "rebound.example".to_owned(),
                kind: "a private address"
            })
        );
        assert_eq!(strict().filter("empty.example", [].into_iter()), Ok(vec![]));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_refused_while_connecting() {
        let Err(error) = strict().resolve("localhost".parse().unwrap()).await else {
            panic!("resolved");
        };
        assert!(error.downcast_ref::<ReceiverRefused>().is_some());
        let addresses = allowing(&["127.0.0.0/8", "::1/128"])
            .resolve("localhost".parse().unwrap())
            .await
            .unwrap();
        assert!(addresses.count() > 0);
    }

    #[test]
    fn public_addresses_are_called_at_listed_ports_only() {
        for url in [
            "https://example.com:22/",
            "http://8.8.8.8:6379/",
            "https://[2606:4700:4700::1111]:5432/",
        ] {
            let refused = strict().check_url(url).unwrap_err();
            assert!(matches!(refused, ReceiverRefused::Port { .. }), "{url}");
            assert!(refused.to_string().contains("webhook.allowed_ports"));
        }
        assert!(
            allowing(&["10.0.0.0/8"])
                .check_url("http://10.1.2.3:9000/")
                .is_ok()
        );
        let any = AddressPolicy::new(Vec::new(), Vec::new());
        assert!(any.check_url("https://example.com:22/").is_ok());
    }

    #[tokio::test]
    async fn a_name_is_judged_by_all_of_its_addresses() {
        // Every machine resolves this name to a loopback address.
        let url: Url = "http://localhost:9000/".parse().unwrap();
        let refused = strict().check_name(&url).await.unwrap_err();
        assert!(matches!(refused, ReceiverRefused::Address { .. }));
        let loopback = allowing(&["127.0.0.0/8", "::1/128"]);
        assert_eq!(loopback.check_name(&url).await, Ok(()));
        let unknown: Url = "http://unknown.invalid:9000/".parse().unwrap();
        assert_eq!(loopback.check_name(&unknown).await, Ok(()));
    }

    /// Spellings of IPv4 addresses that parsers of URLs know.
    fn spelled_v4() -> impl Strategy<Value = String> {
        let octet = prop_oneof![
            any::<u8>().prop_map(|octet| octet.to_string()),
            any::<u8>().prop_map(|octet| format!("0x{octet:x}")),
            any::<u8>().prop_map(|octet| format!("0{octet:o}")),
        ];
        prop_oneof![
            prop::collection::vec(octet, 1..5).prop_map(|octets| octets.join(".")),
            any::<u32>().prop_map(|number| number.to_string()),
            any::<u32>().prop_map(|number| format!("0x{number:x}")),
            (0..REFUSED_V4.len(), any::<u32>()).prop_map(|(network, number)| {
                let (network, _) = REFUSED_V4[network];
                let host = number & u32::from(network.hostmask());
                Ipv4Addr::from(u32::from(network.network()) | host).to_string()
            }),
        ]
    }

    fn spelled_host() -> impl Strategy<Value = String> {
        let v6 = any::<u128>().prop_map(Ipv6Addr::from);
        let embedded = (
            any::<u32>(),
            prop::sample::select(vec![0, 0xffff, 0x0064_ff9b_u128 << 64]),
        )
            .prop_map(|(v4, prefix)| Ipv6Addr::from(prefix << 32 | u128::from(v4)));
        prop_oneof![
            spelled_v4(),
            spelled_v4().prop_map(|host| format!("{host}.")),
            v6.prop_map(|address| format!("[{address}]")),
            embedded.prop_map(|address| format!("[{address}]")),
            "(localhost|LOCALHOST|a\\.localhost|hook\\.example|[①-⑨]{1,3}\\.0\\.0\\.1)\\.?",
            "[a-z0-9.%:\\[\\]@\\\\-]{0,12}",
        ]
    }

    fn spelled_url() -> impl Strategy<Value = String> {
        let scheme = "(http|https|HTTP|ftp|file|gopher|javascript| http|)(:|)(//|/|\\\\\\\\|///)";
        let user = "((s3cret|):?(s3cret|)@|)";
        let rest = "(:[0-9]{0,5}|)(/s3cret|)(\\?s3cret|)(#s3cret|)[ \\t]?";
        (scheme, user, spelled_host(), rest)
            .prop_map(|(scheme, user, host, rest)| format!("{scheme}{user}{host}{rest}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn no_spelling_of_a_url_reaches_a_refused_address_or_quotes_a_secret(text in spelled_url()) {
            let policy = AddressPolicy::new(vec![], vec![80, 443]);
            match policy.check_url(&text) {
                Ok(url) => {
                    prop_assert!(matches!(url.scheme(), "http" | "https"));
                    prop_assert!(url.username().is_empty() && url.password().is_none());
                    prop_assert!(matches!(url.port_or_known_default(), Some(80 | 443)));
                    match url.host().unwrap() {
                        Host::Ipv4(address) => prop_assert!(
                            refused_v4(address).is_none()
                                && !address.is_private()
                                && !address.is_loopback()
                                && !address.is_link_local()
                        ),
                        Host::Ipv6(address) => prop_assert!(
                            GLOBAL_V6.contains(&address)
                                || embedded_v4(address).is_some_and(|v4| refused_v4(v4).is_none())
                        ),
                        Host::Domain(name) => prop_assert!(!name.contains("localhost"), "{}", name),
                    }
                    // What is stored is read alike when it is sent.
                    prop_assert_eq!(policy.check_url(url.as_str()), Ok(url));
                }
                Err(refused) => prop_assert!(!refused.to_string().contains("s3cret"), "{}", refused),
            }
        }
    }
}
