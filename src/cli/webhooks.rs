//! `matching webhooks attempts|show|resend|endpoints|resume`.

use std::{process::ExitCode, sync::Arc};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    confirmation::confirm,
    dead_letters::{describe_action, parse_time, print_count},
    lines,
    listing::{Form, print_table},
    operator,
};
use crate::{
    application,
    configuration::Settings,
    domain::{
        delivery::{Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DeliveryState},
        endpoint::{Endpoint, EndpointPage, EndpointState, PausedEndpoints},
        event::{EventType, format_timestamp},
        identifiers::{DeliveryId, EndpointId, WorkId},
        paging::Listing,
    },
    service::delivery_service::DeliveryService,
};

#[derive(Args)]
pub(super) struct WebhookArguments {
    #[command(subcommand)]
    command: WebhookCommand,
}

#[derive(Subcommand)]
enum WebhookCommand {
    /// Print webhooks with their attempts, those of the newest jobs first: a table on a terminal,
    /// NDJSON elsewhere
    #[command(visible_alias = "list")]
    Attempts {
        #[command(flatten)]
        filter: FilterArguments,
        /// Print at most LIMIT entries
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Continue after an earlier page, with the cursor that it printed
        #[arg(long)]
        cursor: Option<DeliveryId>,
        #[command(flatten)]
        form: Form,
    },
    /// Show one webhook with its event
    Show {
        /// The webhook-id
        id: DeliveryId,
        #[command(flatten)]
        form: Form,
    },
    /// Send webhooks again that were given up, or delivered ones, with their attempts reset
    Resend(Selection),
    /// Print the endpoints that webhooks wait for, with their pauses: a table on a terminal, NDJSON
    /// elsewhere
    Endpoints {
        /// Only endpoints that are paused
        #[arg(long)]
        paused: bool,
        /// Print at most LIMIT entries
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Continue after an earlier page, with the cursor that it printed
        #[arg(long, value_parser = EndpointId::named)]
        cursor: Option<EndpointId>,
        #[command(flatten)]
        form: Form,
    },
    /// End the pause of an endpoint, in all processes; it gets one webhook at a time until it
    /// accepts one
    Resume {
        /// The endpoint: its id as `endpoints` prints it, or a receiver's URL, whose query is
        /// ignored
        #[arg(value_parser = EndpointId::named, required_unless_present = "all")]
        endpoint: Option<EndpointId>,
        /// End the pauses of all endpoints
        #[arg(long, conflicts_with = "endpoint")]
        all: bool,
        /// Change nothing; count the pauses that would end
        #[arg(long)]
        dry_run: bool,
        /// Print the count as JSON
        #[arg(long)]
        json: bool,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// A filter of webhooks; all given conditions must hold.
#[derive(Args, Default)]
struct FilterArguments {
    /// Only webhooks in this state: pending, delivered or failed (given up)
    #[arg(long, value_parser = parse_state)]
    state: Option<DeliveryState>,
    /// Only webhooks to this endpoint: its id as `attempts` prints it, or a receiver's URL, whose
    /// query is ignored
    #[arg(long, value_parser = EndpointId::named)]
    endpoint: Option<EndpointId>,
    /// Only webhooks to this host, such as one.example (all ports) or one.example:8443
    #[arg(long)]
    host: Option<String>,
    /// Only webhooks about this job or batch
    #[arg(long = "job", value_name = "JOB_ID")]
    job_id: Option<WorkId>,
    /// Only webhooks with events of this type, such as match.completed
    #[arg(long = "event-type", value_name = "TYPE", value_parser = parse_event_type)]
    event_type: Option<EventType>,
    /// Only webhooks recorded at this time or later, such as 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<DateTime<Utc>>,
    /// Only webhooks recorded before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<DateTime<Utc>>,
}

impl FilterArguments {
    fn into_filter(self) -> DeliveryFilter {
        DeliveryFilter {
            ids: None,
            state: self.state,
            endpoint: self.endpoint,
            host: self.host.map(|host| host.to_ascii_lowercase()),
            job_id: self.job_id,
            event_type: self.event_type,
            from: self.from,
            to: self.to,
        }
    }
}

#[derive(Args)]
struct Selection {
    /// The webhook-ids, as `attempts` prints them
    #[arg(value_name = "WEBHOOK_ID")]
    ids: Vec<DeliveryId>,
    #[command(flatten)]
    filter: FilterArguments,
    /// Select all webhooks that were given up
    #[arg(long)]
    all: bool,
    /// Change nothing; count the webhooks that would be sent again
    #[arg(long)]
    dry_run: bool,
    /// Print the count as JSON
    #[arg(long)]
    json: bool,
}

impl Selection {
    /// Returns the filter from ids, from conditions, or of everything that was given up. Exactly
    /// one of the three must be given, so that an omission changes nothing.
    fn into_filter(self) -> DeliveryFilter {
        let mut filter = self.filter.into_filter();
        let has_filter = filter != DeliveryFilter::default();
        let stated = [!self.ids.is_empty(), has_filter, self.all];
        let problem = if stated.into_iter().filter(|stated| *stated).count() != 1 {
            Some("say which: ids, a filter such as --host, or --all; one of the three")
        } else if filter.state == Some(DeliveryState::Pending) {
            Some("pending webhooks are sent anyway; --state takes failed or delivered here")
        } else {
            None
        };
        if let Some(problem) = problem {
            let kind = clap::error::ErrorKind::ArgumentConflict;
            clap::Error::raw(kind, format!("{problem}\n")).exit();
        }
        if !self.ids.is_empty() {
            filter.ids = Some(self.ids);
        }
        filter
    }
}

pub(super) async fn run(
    settings: Settings,
    arguments: WebhookArguments,
) -> anyhow::Result<ExitCode> {
    let store = application::open_existing_store(&settings).await?;
    let deliveries = DeliveryService::new(store, Arc::default());
    match arguments.command {
        WebhookCommand::Attempts {
            filter,
            limit,
            cursor,
            form,
        } => {
            let page = DeliveryPage {
                limit,
                after: cursor,
            };
            let listing = deliveries.list(&filter.into_filter(), &page).await?;
            print_list(&listing, &form)?;
        }
        WebhookCommand::Show { id, form } => {
            print_details(&deliveries.show(&id).await?, &form)?;
        }
        WebhookCommand::Resend(selection) => {
            let (json, dry_run) = (selection.json, selection.dry_run);
            let filter = selection.into_filter();
            let count = if dry_run {
                let selected = deliveries.count_resendable(&filter).await?;
                let document = json!({"selected": selected, "resent": 0});
                let text = format!("{selected} webhooks would be sent again");
                print_count(json, &document, text)?;
                selected
            } else {
                let resent = deliveries.resend(&filter, &operator()).await?;
                let document = json!({"selected": resent, "resent": resent});
                print_count(json, &document, format!("{resent} webhooks are sent again"))?;
                resent
            };
            return Ok(all_found(&filter, count));
        }
        WebhookCommand::Endpoints {
            paused,
            limit,
            cursor,
            form,
        } => {
            let page = EndpointPage {
                state: paused.then_some(EndpointState::Paused),
                limit,
                after: cursor,
            };
            print_endpoints(&deliveries.endpoints(&page).await?, &form)?;
        }
        WebhookCommand::Resume {
            endpoint,
            dry_run,
            json,
            yes,
            ..
        } => {
            let selected = endpoint.map_or(PausedEndpoints::All, PausedEndpoints::One);
            let count = deliveries.count_paused(&selected).await?;
            if dry_run {
                let document = json!({"selected": count, "resumed": 0});
                print_count(json, &document, format!("{count} pauses would end"))?;
                return Ok(was_paused(&selected, count));
            }
            if count > 0 && !confirm(&format!("End the pauses of {count} endpoints?"), yes)? {
                eprintln!("nothing was changed");
                return Ok(ExitCode::FAILURE);
            }
            let resumed = deliveries.end_pauses(&selected, &operator()).await?;
            let document = json!({"selected": resumed, "resumed": resumed});
            print_count(json, &document, format!("{resumed} pauses were ended"))?;
            return Ok(was_paused(&selected, resumed));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails if some of the given ids are not webhooks that were given up.
fn all_found(filter: &DeliveryFilter, found: u64) -> ExitCode {
    let asked = filter.ids.as_ref().map_or(0, |ids| ids.len() as u64);
    let missing = asked.saturating_sub(found);
    if missing == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "{missing} of the ids are no webhooks that were given up; \
         `matching webhooks attempts --state failed` prints those"
    );
    ExitCode::FAILURE
}

/// Fails if the named endpoint is not paused.
fn was_paused(selected: &PausedEndpoints, found: u64) -> ExitCode {
    match selected.named() {
        Some(endpoint) if found == 0 => {
            eprintln!(
                "{endpoint} is not paused; `matching webhooks endpoints` prints those that are"
            );
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn print_endpoints(listing: &Listing<Endpoint, EndpointId>, form: &Form) -> anyhow::Result<()> {
    if form.is_json() {
        for endpoint in &listing.rows {
            let document = json!({
                "endpoint": endpoint.id.as_str(),
                "state": endpoint.state.as_str(),
                "paused_until": endpoint.paused_until.map(format_timestamp),
                "reason": endpoint.reason,
                "pending": endpoint.pending,
            });
            lines::print(&document.to_string())?;
        }
    } else {
        let rows = listing.rows.iter().map(|endpoint| {
            [
                endpoint.id.to_string(),
                endpoint.state.as_str().to_owned(),
                endpoint
                    .paused_until
                    .map(format_timestamp)
                    .unwrap_or_default(),
                endpoint.pending.to_string(),
                endpoint.reason.clone().unwrap_or_default(),
            ]
        });
        print_table(
            ["ENDPOINT", "STATE", "PAUSED UNTIL", "PENDING", "REASON"],
            rows,
        )?;
    }
    if let Some(cursor) = &listing.next {
        eprintln!("there may be more: --cursor {cursor}");
    }
    Ok(())
}

fn print_list(listing: &Listing<Delivery, DeliveryId>, form: &Form) -> anyhow::Result<()> {
    if form.is_json() {
        for delivery in &listing.rows {
            lines::print(&describe(delivery).to_string())?;
        }
    } else {
        let rows = listing.rows.iter().map(|delivery| {
            [
                delivery.id.to_string(),
                delivery.state.as_str().to_owned(),
                delivery.event_type.clone(),
                delivery.job_id.to_string(),
                delivery.endpoint.to_string(),
                delivery.attempts.to_string(),
                delivery
                    .next_attempt_at
                    .map(format_timestamp)
                    .unwrap_or_default(),
                delivery.last_error.clone().unwrap_or_default(),
            ]
        });
        let head = [
            "WEBHOOK-ID",
            "STATE",
            "EVENT",
            "JOB",
            "ENDPOINT",
            "ATTEMPTS",
            "NEXT",
            "LAST ERROR",
        ];
        print_table(head, rows)?;
    }
    if let Some(cursor) = &listing.next {
        eprintln!("there may be more: --cursor {cursor}");
    }
    Ok(())
}

fn print_details(details: &DeliveryDetails, form: &Form) -> anyhow::Result<()> {
    let delivery = &details.delivery;
    if form.is_json() {
        let mut document = describe(delivery);
        document["event"] = serde_json::from_str(&details.body).unwrap_or_default();
        document["last_action"] = details.last_action.as_ref().map(describe_action).into();
        return lines::print(&document.to_string());
    }
    lines::print(&format!(
        "{} about job {}, to {}",
        delivery.event_type, delivery.job_id, delivery.endpoint
    ))?;
    lines::print(&format!(
        "{} after {} attempts, recorded {}",
        delivery.state.as_str(),
        delivery.attempts,
        format_timestamp(delivery.created_at),
    ))?;
    if let Some(at) = delivery.next_attempt_at {
        lines::print(&format!("next attempt: {}", format_timestamp(at)))?;
    }
    if let Some(error) = &delivery.last_error {
        lines::print(&format!("last error: {error}"))?;
    }
    if let Some(action) = &details.last_action {
        lines::print(&format!(
            "last action: {} by {} at {}",
            action.kind.as_str(),
            action.actor,
            format_timestamp(action.at)
        ))?;
    }
    lines::print(&details.body)
}

fn describe(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id.as_str(),
        "event_type": delivery.event_type,
        "job_id": delivery.job_id,
        "endpoint": delivery.endpoint.as_str(),
        "state": delivery.state.as_str(),
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at.map(format_timestamp),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created_at": format_timestamp(delivery.created_at),
        "finished_at": delivery.finished_at.map(format_timestamp),
    })
}

fn parse_state(name: &str) -> Result<DeliveryState, String> {
    DeliveryState::parse(name).ok_or_else(|| {
        let names = DeliveryState::ALL.map(DeliveryState::as_str);
        format!("the states are {}", names.join(", "))
    })
}

fn parse_event_type(name: &str) -> Result<EventType, String> {
    EventType::parse(name).ok_or_else(|| {
        let names = EventType::ALL.map(EventType::as_str);
        format!("the types are {}", names.join(", "))
    })
}
