//! `[webhook]`.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::reader::SettingsReader;
use crate::domain::{submission::WebhookEvents, webhook_secret::signing_key};

/// The settings of webhooks.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// The current secret, then former ones during a rotation; without any, webhooks are not
    /// signed.
    pub secrets: Vec<SecretString>,
    /// The maximum number of attempts after the first.
    pub retry_count: u32,
    /// The longest pause before the first retry.
    pub retry_delay: Duration,
    /// The upper limit of all pauses.
    pub retry_delay_cap: Duration,
    /// The age at which a delivery to a receiver that stays away is given up.
    pub give_up_after: Duration,
    /// The maximum number of concurrent deliveries.
    pub concurrency: usize,
    /// The events of bulk calls that don't specify them.
    pub events: WebhookEvents,
    /// Private networks in which receivers are allowed.
    pub allowed_private_networks: Vec<IpNet>,
    /// The time limit for opening a connection.
    pub connect_timeout: Duration,
    /// The time limit of a whole attempt, including connecting.
    pub request_timeout: Duration,
    /// The maximum number of concurrent deliveries to one receiver; at least 1.
    pub receiver_concurrency: usize,
}

impl WebhookSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let secret = reader.secret("webhook.secret");
        let previous = reader.secrets("webhook.previous_secrets");
        if secret.is_none() && !previous.is_empty() {
            reader.fault(
                "webhook.previous_secrets",
                "they need webhook.secret beside them",
            );
        }
        let secrets: Vec<SecretString> = secret.into_iter().chain(previous).collect();
        let mut present = (1..)
            .zip(secrets.iter().map(ExposeSecret::expose_secret))
            .filter(|(_, secret)| !secret.is_empty());
        if let Some(error) =
            present.find_map(|(position, secret)| signing_key(position, secret).err())
        {
            reader.fault("webhook.secret", error.to_string());
        }
        let events = reader.parsed("webhook.events", "each or batch", WebhookEvents::parse);
        let networks = reader.list("webhook.allowed_private_networks");
        let mut allowed_private_networks = Vec::with_capacity(networks.len());
        for network in networks {
            // An address alone is read as a network of one address.
            match network
                .parse::<IpNet>()
                .or_else(|_| network.parse::<IpAddr>().map(IpNet::from))
            {
                Ok(network) => allowed_private_networks.push(network),
                Err(_) => reader.fault(
                    "webhook.allowed_private_networks",
                    format!("{network:?} is not a network like 10.1.0.0/16"),
                ),
            }
        }
        let retry_delay = reader.seconds("webhook.retry_delay_seconds", 0.0..=86_400.0);
        let retry_delay_cap = reader.seconds("webhook.retry_delay_cap_seconds", 0.0..=604_800.0);
        Self {
            secrets,
            retry_count: reader.whole("webhook.retry_count", 0..=1_000),
            retry_delay,
            retry_delay_cap: retry_delay_cap.max(retry_delay),
            give_up_after: reader.seconds("webhook.give_up_after_seconds", 1.0..=31_536_000.0),
            concurrency: reader.whole("webhook.concurrency", 1..=1_000),
            events: events.unwrap_or(WebhookEvents::Each),
            allowed_private_networks,
            connect_timeout: reader.seconds("webhook.connect_timeout_seconds", 0.1..=60.0),
            request_timeout: reader.seconds("webhook.request_timeout_seconds", 0.1..=300.0),
            receiver_concurrency: reader.whole("webhook.receiver_concurrency", 1..=1_000),
        }
    }
}
