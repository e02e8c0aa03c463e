//! Stepping aside when the machine runs on its battery, or is busy with something else.

use std::{fs, path::Path, time::Duration};
use tokio::sync::watch;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const POWER_SUPPLIES: &str = "/sys/class/power_supply";
const LOAD: &str = "/proc/loadavg";

/// A load average, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load(pub u32);

impl std::str::FromStr for Load {
	type Err = &'static str;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
		let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
		if !is_number(whole) || !is_number(fraction) {
			return Err("expected a number such as 2 or 1.5");
		}
		let hundredths: u32 =
			fraction.chars().chain("00".chars()).take(2).collect::<String>().parse().unwrap_or(0);
		let whole: u32 = whole.parse().map_err(|_| "too large")?;
		whole.checked_mul(100).and_then(|whole| whole.checked_add(hundredths)).map(Self).ok_or("too large")
	}
}

impl std::fmt::Display for Load {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
	}
}

/// When to step aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseRules {
	/// While the machine runs on its battery.
	pub on_battery: bool,
	/// While the load average of the last minute, beside the worker's own tasks, is above this.
	pub above_load: Option<Load>,
}

impl PauseRules {
	/// Why to step aside now, if there is a reason. `own`: how many tasks the worker itself runs.
	fn reason(&self, power: &Path, load: Option<Load>, own: u32) -> Option<String> {
		if self.on_battery && runs_on_battery(power) {
			return Some("the machine runs on its battery".into());
		}
		let others = Load(load?.0.saturating_sub(own.saturating_mul(100)));
		let limit = self.above_load.filter(|limit| others > *limit)?;
		Some(format!("the load beside its own tasks is {others}, above {limit}"))
	}

	/// Keeps `paused` true as long as there is a reason. `own` tells how many tasks run. Ends when nobody listens.
	pub(crate) async fn watch(self, paused: watch::Sender<bool>, own: impl Fn() -> u32 + Send) {
		if self == Self::default() {
			return;
		}
		while !paused.is_closed() {
			let reason = self.reason(Path::new(POWER_SUPPLIES), load(), own());
			if paused.send_replace(reason.is_some()) != reason.is_some() {
				match reason {
					Some(reason) => tracing::info!(target: "worker", "pausing: {reason}"),
					None => tracing::info!(target: "worker", "going on"),
				}
			}
			tokio::time::sleep(LOOK_EVERY).await;
		}
	}
}

fn load() -> Option<Load> {
	fs::read_to_string(LOAD).ok()?.split_whitespace().next()?.parse().ok()
}

/// Whether a battery of the machine itself is being discharged: one of a mouse says so in `scope`.
fn runs_on_battery(supplies: &Path) -> bool {
	fs::read_dir(supplies).into_iter().flatten().flatten().any(|supply| {
		let says = |name: &str| fs::read_to_string(supply.path().join(name)).unwrap_or_default();
		says("type").trim() == "Battery"
			&& says("status").trim() == "Discharging"
			&& says("scope").trim() != "Device"
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_load_is_read_to_the_hundredth() {
		assert_eq!("2".parse(), Ok(Load(200)));
		assert_eq!("0.5".parse(), Ok(Load(50)));
		assert_eq!("1.057".parse(), Ok(Load(105)));
		for bad in ["", "-1", "1.", ".5", "a", "1e3", "99999999999", "42949673"] {
			assert!(bad.parse::<Load>().is_err(), "{bad}");
		}
		assert_eq!(Load(105).to_string(), "1.05");
	}

	fn supply(directory: &Path, name: &str, files: &[(&str, &str)]) {
		let directory = directory.join(name);
		fs::create_dir_all(&directory).unwrap();
		for (file, text) in files {
			fs::write(directory.join(file), text).unwrap();
		}
	}

	#[test]
	fn only_the_machines_own_battery_counts() {
		let temporary = tempfile::tempdir().unwrap();
		let path = temporary.path();
		assert!(!runs_on_battery(&path.join("none")));
		supply(path, "AC", &[("type", "Mains\n"), ("online", "0\n")]);
		supply(path, "mouse", &[("type", "Battery\n"), ("status", "Discharging\n"), ("scope", "Device\n")]);
		supply(path, "BAT0", &[("type", "Battery\n"), ("status", "Charging\n")]);
		assert!(!runs_on_battery(path));
		supply(path, "BAT1", &[("type", "Battery\n"), ("status", "Discharging\n")]);
		assert!(runs_on_battery(path));
		let rules = PauseRules { on_battery: true, above_load: None };
		assert!(rules.reason(path, None, 0).unwrap().contains("battery"));
		assert_eq!(PauseRules::default().reason(path, Some(Load(10_000)), 0), None);
	}

	#[test]
	fn the_worker_does_not_step_aside_for_itself() {
		let rules = PauseRules { on_battery: false, above_load: Some(Load(150)) };
		let reason = |load, own| rules.reason(Path::new("/nowhere"), Some(Load(load)), own);
		assert_eq!(reason(150, 0), None);
		assert!(reason(151, 0).unwrap().contains("1.51, above 1.50"));
		assert_eq!(reason(550, 4), None);
		assert!(reason(551, 4).is_some());
		assert_eq!(reason(100, 4), None);
	}
}
