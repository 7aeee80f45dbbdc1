//! Reads from the system: the machine's kind and load, and the resources that processes use.

use std::fs::read_to_string;

/// Returns the description of the machine for the head of the table.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().unwrap();
    let model = field("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory: u64 = number(&field("/proc/meminfo", "MemTotal").unwrap_or_default());
    format!(
        "{cores} cores ({model}), {} GiB RAM",
        memory.div_ceil(1 << 20)
    )
}

/// Returns the load averages over 1, 5 and 15 minutes.
pub fn load() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Returns the peak memory of a process, in MiB.
pub fn peak_memory(process: u32) -> f64 {
    let peak = field(&format!("/proc/{process}/status"), "VmHWM");
    number(&peak.unwrap_or_default()) as f64 / 1_024.0
}

/// Resets the peak memory of a process to its current memory.
pub fn forget_peak(process: u32) {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

/// Returns the processor seconds of a process and its children, including ended ones.
pub fn processor_seconds(process: u32) -> f64 {
    let mut seconds = 0.0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Some(stat) = Stat::of(id) else { continue };
        if id == process || stat.parent == process {
            seconds += stat.own_seconds + stat.ended_children_seconds;
        }
    }
    seconds
}

/// Returns the processor seconds of the bench itself.
pub fn own_processor_seconds() -> f64 {
    Stat::of(std::process::id()).map_or(0.0, |stat| stat.own_seconds)
}

struct Stat {
    parent: u32,
    own_seconds: f64,
    ended_children_seconds: f64,
}

impl Stat {
    fn of(process: u32) -> Option<Self> {
        let stat = read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The second field is a name in brackets, which may contain any character.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // Ticks of user and system mode, of which Linux counts 100 per second.
        let seconds = |first: usize| {
            let ticks = number(fields[first]) + number(fields[first + 1]);
            ticks as f64 / 100.0
        };
        Some(Self {
            parent: fields[1].parse().ok()?,
            own_seconds: seconds(11),
            ended_children_seconds: seconds(13),
        })
    }
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn number(text: &str) -> u64 {
    let digits = text.split_whitespace().next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}
