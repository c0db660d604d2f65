//! Every bound of the policy language and of judging, in one place.

/// Longest policy document, in bytes.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;
/// Most criteria a policy knows, the two built-ins included; a set of them is one 64-bit word.
pub const CRITERIA_MAX: usize = 64;
/// Most entries of any one list or array of tables of a policy.
pub const ENTRIES_MAX: usize = 2_000;
/// Longest text value of a policy, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Most errors reported at once; more would only bury the first.
pub const ERRORS_MAX: usize = 50;
/// Longest chain of policies that extend one another.
pub const EXTENDS_MAX: usize = 4;
/// Highest quorum; telling whether that many voices are independent takes time exponential in it.
pub const QUORUM_MAX: u32 = 5;
/// Longest chain of audits a policy may admit.
pub const CHAIN_MAX: u32 = 200;
/// Chains admitted where a policy does not say.
pub const CHAIN_DEFAULT: u32 = 20;
/// Most searches made to tell independent voices apart; past it fewer voices are counted, never more.
pub const SEARCHES_MAX: u32 = 2_000;
/// Most voices of one package told apart; further ones count as one.
pub const VOICES_MAX: usize = 128;
/// Most versions tried as the start of the cheapest audit, on each side of the one judged.
pub const BASES_MAX: usize = 8;
/// Most chains shown for one criterion.
pub const CHAINS_SHOWN_MAX: usize = 8;
/// Most ids cited by one reason.
pub const CITED_MAX: usize = 20;
/// Longest CEL expression, in bytes.
pub const CEL_BYTES_MAX: usize = 1_024;
/// Most nodes of a CEL expression after its macros are expanded.
pub const CEL_NODES_MAX: usize = 400;
/// Deepest nesting of macros: one inside another.
pub const CEL_MACROS_DEEP_MAX: usize = 2;
/// Longest list or map written out in a CEL expression.
pub const CEL_LITERAL_MAX: usize = 64;
/// Longest list handed to a CEL expression; more makes the rule an error, which holds the artifact.
pub const CEL_INPUT_MAX: usize = 256;
/// Deepest nesting of brackets in a CEL expression as it is written; the parser needs some 170 KiB of stack for each, unoptimised.
pub const CEL_BRACKETS_MAX: u16 = 6;
/// Deepest nesting of a CEL expression with its macros written out; evaluating needs some 40 KiB for each, unoptimised.
pub const CEL_DEPTH_MAX: u16 = 32;
/// Most outside checks a release passes.
pub const CHECKS_MAX: usize = 20;
/// Most keys of one outside check.
pub const CHECK_KEYS_MAX: usize = 10;
