//! `vetmoot explain`: why one release stands where it stands, and what would change that.

use std::collections::HashSet;
use std::fmt::Write as _;

use vetmoot_domain::{Artifact, Digest, Digests, State};
use vetmoot_ecosystems::lock::{LockEntry, LockedFile};

use crate::answer::{remedy, short};
use crate::args::ExplainArgs;
use crate::evidence::gather;
use crate::exit::{Exit, Failure};
use crate::place::Place;
use crate::terminal::{Terminal, plain};
use crate::view::{Judged, SupportView};
use crate::{Ctx, instance, judge};

/// Judges one release and tells the whole decision.
pub(crate) fn run(args: &ExplainArgs, ctx: &Ctx) -> Result<Exit, Failure> {
    let entry = entry(args)?;
    let (policy, judged) = judged(&entry, args, ctx)?;
    let Some(judged) = judged else {
        ctx.terminal.note(&format!("undecided: {}: the instance said nothing about it", entry.release));
        return Ok(Exit::Undecided);
    };
    let text = if ctx.json { format!("{:#}\n", judged.json) } else { human(&policy, &judged, &ctx.terminal) };
    ctx.terminal.answer(&text);
    Ok(match judged.view.state {
        State::Listed => Exit::Fine,
        _ if judged.is_undecided() => Exit::Undecided,
        _ => Exit::Failed,
    })
}

fn entry(args: &ExplainArgs) -> Result<LockEntry, Failure> {
    let usage = |error: &dyn std::error::Error| Failure::Usage(error.to_string());
    let artifact: Artifact = args.purl.parse().map_err(|error: vetmoot_domain::package::PurlError| usage(&error))?;
    let digest: Option<Digest> = match &args.digest {
        Some(text) => Some(text.parse().map_err(|error: vetmoot_domain::text::BadWord| usage(&error))?),
        None => None,
    };
    let digests = digest.map(Digests::of).unwrap_or_default();
    let named = artifact.file_name.is_some() || !digests.is_empty();
    let files = named.then_some(LockedFile { name: artifact.file_name, digests });
    Ok(LockEntry { release: artifact.release, files: files.into_iter().collect(), usage: args.usage, line: 0, registry: None })
}

fn judged(entry: &LockEntry, args: &ExplainArgs, ctx: &Ctx) -> Result<(String, Option<Judged>), Failure> {
    let entries = std::slice::from_ref(entry);
    let judging = &args.judging;
    match Place::find(&judging.policy, ctx)? {
        Place::Instance(instance) => {
            let answers = instance::ask(&instance, entries, ctx)?;
            Ok((instance.policy.slug.to_string(), answers.judged.into_iter().next()))
        }
        Place::Here { name, policy } => {
            let wanted = HashSet::from([&entry.release.package]);
            let mut gathered = gather(&judging.feed, &judging.advisories, &wanted, ctx)?;
            let policy = policy.with_imports(std::mem::take(&mut gathered.imports));
            let (judged, _) = judge::judge(&policy, &name, entries, &mut gathered, ctx.now)?;
            Ok((name, judged.into_iter().next()))
        }
    }
}

fn human(policy: &str, judged: &Judged, terminal: &Terminal) -> String {
    let view = &judged.view;
    let word = match (judged.shown_state(), view.phase) {
        (None, _) => "undecided".to_owned(),
        (Some(state), Some(phase)) => format!("{state} ({phase})"),
        (Some(state), None) => state.to_string(),
    };
    let mut text = format!(
        "{} {} is {word} under {} for {} use.\n",
        terminal.icon(judged.shown_state()),
        short(&view.purl),
        plain(policy),
        view.usage
    );
    if terminal.is_quiet() {
        return text;
    }
    for reason in &view.reasons {
        let _ = writeln!(text, "\n  {} ({})\n    {}", plain(&reason.code), plain(&reason.rule), plain(&reason.text));
        for statement in &reason.statements {
            let _ = writeln!(text, "    rests on {}", plain(statement));
        }
        if let Some(help) = &reason.remedy {
            let _ = writeln!(text, "    {}", remedy(help));
        }
    }
    for support in &view.support {
        chains(support, &mut text);
    }
    if let Some(until) = &view.valid_until {
        let _ = writeln!(text, "\n  The same evidence gives another outcome from {} on.", plain(until));
    }
    if let Some(why) = &view.why {
        let _ = writeln!(text, "\n  {}", plain(why));
    }
    text
}

fn chains(support: &SupportView, text: &mut String) {
    let _ = writeln!(text, "\n  {}: {} of {} voices", plain(&support.criterion), support.chains.len(), support.needed);
    for chain in &support.chains {
        for step in chain {
            let from = step.from.as_deref().map(|from| format!("{from} -> ")).unwrap_or_default();
            let authors = step.authors.join(", ");
            let _ = writeln!(
                text,
                "    {}",
                plain(&format!("{from}{} by {authors} ({}): {}", step.to, step.voice, step.statement))
            );
        }
    }
}
