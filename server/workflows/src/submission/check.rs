//! Outside checks: their signed results, and waivers with a name and a reason.
