//! Refuses calls that a foreign web page makes from a browser, and states to browsers what pages of
//! this service may do.
//!
//! A service without keys answers everyone who reaches it. On a loopback address that is also every
//! web page that is open in a browser of this machine: by a request to another site, or under a
//! name of its own that leads here (DNS rebinding).

use actix_cors::Cors;
use actix_web::{
    dev::ServiceRequest,
    http::{
        Method,
        header::{
            CONTENT_SECURITY_POLICY, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
};
use url::Host;

use super::AccessSettings;
use crate::api::{problem::Problem, problem_kinds::ProblemKind};

/// What the pages of the documentation may load: only files of this service, and no script in a
/// page. Swagger UI writes styles, and images as `data:`.
const POLICY_OF_DOCUMENTATION: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// What other answers may load, if a browser shows them: nothing.
const POLICY_OF_ANSWERS: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Adds the headers by which browsers restrict what they show of an answer.
pub(in crate::api) fn add_security_headers(path: &str, headers: &mut HeaderMap) {
    let policy = if path == "/docs" || path.starts_with("/docs/") {
        POLICY_OF_DOCUMENTATION
    } else {
        POLICY_OF_ANSWERS
    };
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// Returns the answers to browsers that ask whether a page of another origin may call the API.
pub(in crate::api) fn cors(settings: &AccessSettings) -> Cors {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let readable = [
        "etag",
        "link",
        "location",
        "preference-applied",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "x-batch-id",
        "x-request-id",
    ];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allow_any_header()
        .expose_headers(readable)
        .max_age(600);
    let origins = settings.allowed_origins.iter();
    origins.fold(cors, |cors, origin| cors.allowed_origin(origin))
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a call that may change something, if a browser says that a page of a foreign origin
/// makes it.
pub(super) fn check_origin(
    request: &ServiceRequest,
    settings: &AccessSettings,
) -> Result<(), Problem> {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return Ok(());
    }
    let headers = request.headers();
    let mut origins = headers.get_all(ORIGIN).peekable();
    let has_origin = origins.peek().is_some();
    let is_allowed = |origin: &HeaderValue| {
        let own = headers.get(HOST).map(HeaderValue::as_bytes);
        let server = origin.to_str().ok().and_then(|origin| {
            let is_listed = settings.allowed_origins.iter().any(|one| one == origin);
            let (_, server) = origin.split_once("://")?;
            Some((is_listed, server))
        });
        server.is_some_and(|(is_listed, server)| is_listed || own == Some(server.as_bytes()))
    };
    let is_foreign = if has_origin {
        !origins.all(is_allowed)
    } else {
        let site = headers.get(SEC_FETCH_SITE);
        site.is_some_and(|site| site == "cross-site")
    };
    if is_foreign {
        return Err(Problem::new(
            ProblemKind::CROSS_SITE,
            "an operator can allow the page's origin by http.allowed_origins",
        ));
    }
    Ok(())
}

/// Refuses a call to a service without keys under a foreign name.
pub(super) fn check_host(
    request: &ServiceRequest,
    settings: &AccessSettings,
) -> Result<(), Problem> {
    if !settings.is_loopback && settings.allowed_hosts.is_empty() {
        return Ok(());
    }
    let mut hosts = request.headers().get_all(HOST);
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let is_own = host.is_some_and(|host| names_this_service(host, &settings.allowed_hosts));
    if is_own && hosts.next().is_none() {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::MISDIRECTED,
        "call it as localhost; an operator can allow another name by http.allowed_hosts, or require \
         keys",
    ))
}

/// True for a loopback name or an allowed one, with any port.
fn names_this_service(host: &str, allowed: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    match Host::parse(name) {
        Ok(Host::Domain(name)) => {
            name == "localhost" || allowed.iter().any(|allowed| **allowed == *name)
        }
        Ok(Host::Ipv4(address)) => address.is_loopback() || allowed.contains(&address.to_string()),
        Ok(Host::Ipv6(address)) => {
            address.is_loopback() || allowed.contains(&format!("[{address}]"))
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn loopback_names_and_allowed_ones_are_this_service_with_any_port() {
        let allowed = ["matching.internal".to_owned()];
        for own in [
            "localhost",
            "LOCALHOST:5000",
            "127.0.0.1",
            "127.0.0.1:81",
            "[::1]",
            "[::1]:5000",
            "matching.internal:5000",
        ] {
            assert!(names_this_service(own, &allowed), "{own}");
        }
        for foreign in [
            "",
            "attacker.example",
            "attacker.example:5000",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example",
            "localhost@attacker.example",
            "192.168.0.1",
            "localhost:x",
        ] {
            assert!(!names_this_service(foreign, &allowed), "{foreign}");
        }
    }

    fn is_refused(method: Method, headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::default().method(method);
        for header in headers {
            request = request.append_header(*header);
        }
        let settings = AccessSettings {
            allowed_origins: vec!["https://platform.example".to_owned()],
            ..AccessSettings::default()
        };
        check_origin(&request.to_srv_request(), &settings).is_err()
    }

    #[test]
    fn calls_that_change_something_are_refused_from_pages_of_other_origins() {
        let host = ("host", "localhost:5000");
        for passes in [
            vec![host],
            vec![host, ("origin", "http://localhost:5000")],
            vec![host, ("origin", "https://platform.example")],
            vec![
                host,
                ("origin", "https://platform.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            vec![host, ("sec-fetch-site", "same-origin")],
            vec![host, ("sec-fetch-site", "none")],
        ] {
            assert!(!is_refused(Method::POST, &passes), "{passes:?}");
        }
        for foreign in [
            vec![host, ("origin", "https://attacker.example")],
            vec![host, ("origin", "http://localhost:8080")],
            vec![host, ("origin", "null")],
            vec![host, ("sec-fetch-site", "cross-site")],
            vec![
                host,
                ("origin", "https://platform.example"),
                ("origin", "https://attacker.example"),
            ],
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                assert!(is_refused(method, &foreign), "{foreign:?}");
            }
            assert!(!is_refused(Method::GET, &foreign), "{foreign:?}");
        }
    }
}
