//! `[webhook]`.

use std::{ops::RangeInclusive, time::Duration};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::reader::SettingsReader;
use crate::domain::{submission::WebhookEvents, webhook_secret::signing_key};

/// The limits of a pause between attempts, in seconds.
const LIMITS_OF_A_PAUSE: RangeInclusive<f64> = 0.0..=604_800.0;

/// The settings of webhooks.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// The current secret, then former ones during a rotation; without any, webhooks are not
    /// signed.
    pub secrets: Vec<SecretString>,
    /// The pauses between attempts.
    pub retries: WebhookRetries,
    /// The time after which a delivery to a receiver that stays away is given up.
    pub give_up_after: Duration,
    /// The maximum number of concurrent deliveries.
    pub concurrency: usize,
    /// The events of bulk calls that don't specify them.
    pub events: WebhookEvents,
    /// Private networks in which receivers are allowed.
    pub allowed_private_networks: Vec<IpNet>,
    /// Ports at which public addresses may be called; all if there are none.
    pub allowed_ports: Vec<u16>,
    /// The time limit for opening a connection.
    pub connect_timeout: Duration,
    /// The time limit of a whole attempt, including connecting.
    pub request_timeout: Duration,
    /// The maximum number of concurrent deliveries to one endpoint; at least 1.
    pub receiver_concurrency: usize,
}

/// The pauses between attempts.
#[derive(Debug, Clone, PartialEq)]
pub enum WebhookRetries {
    /// These pauses.
    Stated(Vec<Duration>),
    /// Pauses that grow exponentially, as the predecessor's did.
    Growing {
        /// The maximum number of attempts after the first.
        retry_count: u32,
        /// The longest pause before the first retry.
        retry_delay: Duration,
        /// The upper limit of all pauses.
        retry_delay_cap: Duration,
    },
}

impl WebhookRetries {
    fn read(reader: &mut SettingsReader<'_>) -> Self {
        let mut pauses = reader.seconds_list("webhook.retry_schedule_seconds", LIMITS_OF_A_PAUSE);
        let retry_count = reader.optional_whole("webhook.retry_count", 0..=1_000);
        let retry_delay = reader.optional_seconds("webhook.retry_delay_seconds", 0.0..=86_400.0);
        let cap = reader.seconds("webhook.retry_delay_cap_seconds", LIMITS_OF_A_PAUSE);
        let retry_count = retry_count.and_then(|count| usize::try_from(count).ok());
        if let Some(retry_delay) = retry_delay {
            let retry_count = retry_count.unwrap_or(pauses.len());
            return Self::Growing {
                retry_count: u32::try_from(retry_count).unwrap_or(u32::MAX),
                retry_delay,
                retry_delay_cap: cap.max(retry_delay),
            };
        }
        if let (Some(retry_count), Some(last)) = (retry_count, pauses.last().copied()) {
            pauses.resize(retry_count, last);
        }
        Self::Stated(pauses)
    }
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
        let allowed_private_networks = reader.networks("webhook.allowed_private_networks");
        let ports = reader.list("webhook.allowed_ports");
        let mut allowed_ports = Vec::with_capacity(ports.len());
        for port in ports {
            match port.parse() {
                Ok(port) if port > 0 => allowed_ports.push(port),
                _ => reader.fault(
                    "webhook.allowed_ports",
                    format!("{port:?} is not a port from 1 to 65535"),
                ),
            }
        }
        Self {
            secrets,
            retries: WebhookRetries::read(reader),
            give_up_after: reader.seconds("webhook.give_up_after_seconds", 1.0..=31_536_000.0),
            concurrency: reader.whole("webhook.concurrency", 1..=1_000),
            events: events.unwrap_or(WebhookEvents::Each),
            allowed_private_networks,
            allowed_ports,
            connect_timeout: reader.seconds("webhook.connect_timeout_seconds", 0.1..=60.0),
            request_timeout: reader.seconds("webhook.request_timeout_seconds", 0.1..=300.0),
            receiver_concurrency: reader.whole("webhook.receiver_concurrency", 1..=1_000),
        }
    }
}
