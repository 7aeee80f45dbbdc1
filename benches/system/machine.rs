//! What the system tells: the machine's kind and load, and what processes use.

use std::fs::read_to_string;

/// What the table's head says of the machine.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().unwrap();
    let model = field("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory: u64 = number(&field("/proc/meminfo", "MemTotal").unwrap_or_default());
    format!(
        "{cores} cores ({model}), {} GiB RAM",
        memory.div_ceil(1 << 20)
    )
}

/// The load averages over 1, 5 and 15 minutes.
pub fn load() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The most memory a process has held, in MiB.
pub fn peak_memory(process: u32) -> f64 {
    let peak = field(&format!("/proc/{process}/status"), "VmHWM");
    number(&peak.unwrap_or_default()) as f64 / 1_024.0
}

/// Lets the most memory a process has held begin with what it holds now.
pub fn forget_peak(process: u32) {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

/// Processor seconds of a process, and of its children, those that ended included.
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

/// Processor seconds of the bench itself.
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
        // The second field is a name in brackets, which may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // Ticks, of which Linux counts 100 a second: in user mode and in the system's.
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
