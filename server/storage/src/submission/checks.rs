//! Signed results of outside checks, and the waivers of checks.
