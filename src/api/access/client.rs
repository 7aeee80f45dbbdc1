//! The address of a client, also behind proxies.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// Returns the address of the client: that of the connection, or, if that is a trusted proxy, the
/// last address before trusted ones in `X-Forwarded-For` or `Forwarded`. A client can write both
/// headers, and a proxy may extend only one of them, so if they differ, neither is believed.
pub(super) fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let of_header = |name: &str, read: fn(&str) -> Option<IpAddr>| {
        let values = request.headers().get_all(name);
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        if values.is_empty() {
            return None;
        }
        let hops = values.join(",");
        Some(last_untrusted(peer, hops.rsplit(',').map(read), trusted))
    };
    let by_list = of_header("x-forwarded-for", read_address);
    let by_standard = of_header("forwarded", read_forwarded);
    Some(match (by_list, by_standard) {
        (Some(first), Some(second)) if first != second => peer,
        (Some(address), _) | (None, Some(address)) => address,
        (None, None) => peer,
    })
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Walks from the nearest hop to the farthest. A hop that is no address ends the walk.
fn last_untrusted(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
    trusted: &[IpNet],
) -> IpAddr {
    let mut nearest = peer;
    for hop in hops {
        let Some(hop) = hop else { break };
        nearest = hop;
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    nearest
}

/// Reads an address, which may have a port.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let without_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = text.parse().ok().or_else(without_port).or_else(in_brackets);
    address.map(|address| address.to_canonical())
}

/// Reads the `for` of an element of `Forwarded` (RFC 7239).
fn read_forwarded(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (_, value) = values.next()?;
    read_address(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address_of(peer: &str, headers: &[(&str, &str)]) -> String {
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        address(&request.to_http_request(), &trusted)
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_client_that_is_no_trusted_proxy_names_nobody_else() {
        let headers = [("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(address_of("192.0.2.9:80", &headers), "192.0.2.9");
    }

    #[test]
    fn trusted_proxies_name_the_last_address_before_them() {
        for (headers, client) in [
            (vec![], "10.0.0.1"),
            (vec![("x-forwarded-for", "192.0.2.7")], "192.0.2.7"),
            (
                vec![("x-forwarded-for", "1.1.1.1, 192.0.2.7, 10.2.3.4")],
                "192.0.2.7",
            ),
            (
                vec![
                    ("x-forwarded-for", "1.1.1.1"),
                    ("x-forwarded-for", "192.0.2.7:4711"),
                ],
                "192.0.2.7",
            ),
            (vec![("x-forwarded-for", "10.9.9.9")], "10.9.9.9"),
            (vec![("x-forwarded-for", "1.1.1.1, unknown")], "10.0.0.1"),
            (
                vec![(
                    "forwarded",
                    "for=1.1.1.1, For=\"[2001:db8::7]:99\";proto=https",
                )],
                "2001:db8::7",
            ),
            (
                vec![
                    ("x-forwarded-for", "192.0.2.7"),
                    ("forwarded", "for=192.0.2.7;by=10.0.0.1"),
                ],
                "192.0.2.7",
            ),
            (
                vec![
                    ("x-forwarded-for", "192.0.2.7"),
                    ("forwarded", "for=1.1.1.1"),
                ],
                "10.0.0.1",
            ),
        ] {
            assert_eq!(address_of("10.0.0.1:80", &headers), client, "{headers:?}");
        }
    }
}
