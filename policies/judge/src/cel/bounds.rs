//! What a CEL expression may be: small, over known variables and functions, with one macro inside another at most.

use std::sync::Arc;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo};

use super::{Checked, ENVIRONMENT, Outcome, Reads, Rule, evaluate, sample};
use crate::limits::{CEL_BRACKETS_MAX, CEL_BYTES_MAX, CEL_DEPTH_MAX, CEL_LITERAL_MAX, CEL_MACROS_DEEP_MAX, CEL_NODES_MAX};
use crate::read::cursor::nearest;

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
    /// Byte offset into the expression.
    pub(crate) at: usize,
    pub(crate) source_len: usize,
}

/// Fields of `pkg`.
pub(crate) const PKG_FIELDS: &[&str] =
    &["ecosystem", "name", "version", "purl", "file_name", "use", "prerelease", "dated", "publisher"];
/// Fields of each of `audits`.
pub(crate) const AUDIT_FIELDS: &[&str] = &[
    "id",
    "kind",
    "origin",
    "from",
    "criteria",
    "level",
    "organisations",
    "authors",
    "depth",
    "bound",
    "covers",
    "counts",
    "self_audit",
    "machine",
];
/// Fields of each of `advisories`.
pub(crate) const ADVISORY_FIELDS: &[&str] = &["id", "aliases", "kind", "severity", "cvss", "source", "fixed"];
const VARIABLES: &[&str] = &["pkg", "audits", "advisories"];
/// Functions written with a name; operators are all admitted.
const FUNCTIONS: &[&str] = &["size", "contains", "startsWith", "endsWith", "int", "double", "string"];
/// What macros expand to.
const INNER: &[&str] = &["@not_strictly_false", "@in"];

/// What is known of an expression's value before it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Pkg,
    Audits,
    Audit,
    Advisories,
    Advisory,
    Other,
}

struct Walk<'s> {
    info: &'s SourceInfo,
    source: &'s str,
    nodes: usize,
    depth: u16,
    deepest: u16,
    reads: Reads,
    faults: Vec<Fault>,
    bound: Vec<(String, Shape)>,
}

/// Compiles an expression and checks its bounds.
pub(crate) fn compile(source: &str) -> Result<Checked, Vec<Fault>> {
    let fault = |code, at, message: String| Fault { code, message, suggestion: None, at, source_len: source.len() };
    if source.len() > CEL_BYTES_MAX {
        return Err(vec![fault("cel-bounds", 0, format!("an expression has at most {CEL_BYTES_MAX} bytes"))]);
    }
    if let Some(at) = too_deep(source) {
        let message = format!("brackets stand at most {CEL_BRACKETS_MAX} deep");
        return Err(vec![fault("cel-bounds", at, message)]);
    }
    let parser = ENVIRONMENT.parser();
    let (expr, info) = parser.parse_with_source_info(source).map_err(|errors| {
        let one = |error: &cel::ParseError| fault("cel-syntax", offset(source, error.pos), error.msg.trim().to_owned());
        let mut faults: Vec<Fault> = errors.errors.iter().take(3).map(one).collect();
        if faults.is_empty() {
            faults.push(fault("cel-syntax", 0, "this is no CEL expression".to_owned()));
        }
        faults
    })?;
    let mut walk = Walk {
        info: &info,
        source,
        nodes: 0,
        depth: 0,
        deepest: 0,
        reads: Reads::default(),
        faults: Vec::new(),
        bound: Vec::new(),
    };
    walk.shape(&expr, 0);
    if walk.nodes > CEL_NODES_MAX {
        let message =
            format!("the expression has {} nodes, its macros written out; at most {CEL_NODES_MAX} are admitted", walk.nodes);
        walk.faults.insert(0, fault("cel-bounds", 0, message));
    }
    if walk.deepest > CEL_DEPTH_MAX {
        let message = format!("operators, choices and macros stand more than {CEL_DEPTH_MAX} deep in one another");
        walk.faults.insert(0, fault("cel-bounds", 0, message));
    }
    if !walk.faults.is_empty() {
        return Err(walk.faults);
    }
    let checked = Checked { expr: Arc::new(expr), reads: walk.reads };
    tried(checked, source)
}

/// Where brackets stand deeper than the parser's stack is meant for; told before the parser sees them.
fn too_deep(source: &str) -> Option<usize> {
    let mut depth = 0u16;
    let mut quote: Option<u8> = None;
    let mut escaped = false;
    for (at, byte) in source.bytes().enumerate() {
        if let Some(open) = quote {
            quote = quote.filter(|_| escaped || byte != open);
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'\'' | b'"' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > CEL_BRACKETS_MAX {
            return Some(at);
        }
    }
    None
}

/// Tries an expression on a sample, so that what can never work is told at adoption.
fn tried(checked: Checked, source: &str) -> Result<Checked, Vec<Fault>> {
    let rule = Rule { id: String::new(), when: None, needs: checked, refuse: false, message: String::new() };
    let outcome = sample(|inputs| evaluate(std::slice::from_ref(&rule), inputs).pop());
    match outcome {
        Some(Outcome::Error(error)) => {
            Err(vec![Fault { code: "cel-type", message: error, suggestion: None, at: 0, source_len: source.len() }])
        }
        _ => Ok(rule.needs),
    }
}

/// The byte offset of a line and column as the parser counts them, from 1.
fn offset(source: &str, (line, column): (isize, isize)) -> usize {
    let before: usize = source.split_inclusive('\n').take(usize::try_from(line - 1).unwrap_or(0)).map(str::len).sum();
    let within = usize::try_from(column - 1).unwrap_or(0);
    (before + within).min(source.len())
}

impl Walk<'_> {
    fn fault(&mut self, expr: &IdedExpr, code: &'static str, message: String, suggestion: Option<String>) {
        // Offsets are counted in characters by the lexer; expressions with others than ASCII are told a little off.
        let at = self.info.offset_for(expr.id).map_or(0, |(start, _)| usize::try_from(start).unwrap_or(0));
        self.faults.push(Fault { code, message, suggestion, at, source_len: self.source.len() });
    }

    fn shape(&mut self, expr: &IdedExpr, macros: usize) -> Shape {
        self.nodes += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        // What is too large is told once, and not looked into any further.
        let within = self.nodes <= CEL_NODES_MAX && self.depth <= CEL_DEPTH_MAX;
        let shape = if within { self.inner(expr, macros) } else { Shape::Other };
        self.depth -= 1;
        shape
    }

    fn inner(&mut self, expr: &IdedExpr, macros: usize) -> Shape {
        match &expr.expr {
            Expr::Unspecified => Shape::Other,
            Expr::Literal(literal) => {
                if matches!(literal, LiteralValue::Bytes(_)) {
                    self.fault(expr, "cel-function", "bytes have no use here".to_owned(), None);
                }
                Shape::Other
            }
            Expr::Ident(name) => self.variable(expr, name),
            Expr::Select(select) => {
                let shape = self.shape(&select.operand, macros);
                self.field(expr, shape, &select.field);
                Shape::Other
            }
            Expr::Call(call) => {
                let target = call.target.as_ref().map(|target| self.shape(target, macros));
                let args: Vec<Shape> = call.args.iter().map(|arg| self.shape(arg, macros)).collect();
                self.function(expr, &call.func_name);
                match (call.func_name.as_str(), target, args.first()) {
                    // One of several entries is an entry.
                    ("_[_]", None, Some(Shape::Audits)) => Shape::Audit,
                    ("_[_]", None, Some(Shape::Advisories)) => Shape::Advisory,
                    _ => Shape::Other,
                }
            }
            Expr::List(list) => {
                self.literal(expr, list.elements.len());
                for element in &list.elements {
                    self.shape(element, macros);
                }
                Shape::Other
            }
            Expr::Map(map) => {
                self.literal(expr, map.entries.len());
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.shape(&entry.key, macros);
                        self.shape(&entry.value, macros);
                    }
                }
                Shape::Other
            }
            Expr::Struct(_) => {
                self.fault(expr, "cel-function", "messages cannot be built here".to_owned(), None);
                Shape::Other
            }
            Expr::Comprehension(inner) => self.comprehension(expr, inner, macros),
        }
    }

    fn comprehension(&mut self, expr: &IdedExpr, inner: &ComprehensionExpr, macros: usize) -> Shape {
        let range = self.shape(&inner.iter_range, macros);
        if macros + 1 > CEL_MACROS_DEEP_MAX {
            let message = "a macro may stand inside one other macro, not deeper".to_owned();
            self.fault(expr, "cel-bounds", message, None);
            return Shape::Other;
        }
        let element = match range {
            Shape::Audits => Shape::Audit,
            Shape::Advisories => Shape::Advisory,
            _ => Shape::Other,
        };
        self.shape(&inner.accu_init, macros);
        let before = self.bound.len();
        self.bound.push((inner.iter_var.clone(), element));
        self.bound.extend(inner.iter_var2.clone().map(|name| (name, Shape::Other)));
        self.bound.push((inner.accu_var.clone(), Shape::Other));
        self.shape(&inner.loop_cond, macros + 1);
        self.shape(&inner.loop_step, macros + 1);
        self.shape(&inner.result, macros + 1);
        self.bound.truncate(before);
        // What is left after a filter has the shape of what went in.
        if filters(&inner.loop_step, &inner.iter_var) { range } else { Shape::Other }
    }

    fn variable(&mut self, expr: &IdedExpr, name: &str) -> Shape {
        if let Some((_, shape)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return *shape;
        }
        match name {
            "pkg" => self.reads.pkg = true,
            "audits" => self.reads.audits = true,
            "advisories" => self.reads.advisories = true,
            _ => {
                let message = format!("`{name}` is no variable; there are pkg, audits and advisories");
                let suggestion = nearest(name, VARIABLES.iter().copied());
                self.fault(expr, "cel-variable", message, suggestion);
            }
        }
        match name {
            "pkg" => Shape::Pkg,
            "audits" => Shape::Audits,
            "advisories" => Shape::Advisories,
            _ => Shape::Other,
        }
    }

    fn field(&mut self, expr: &IdedExpr, shape: Shape, field: &str) {
        let (of, fields) = match shape {
            Shape::Pkg => ("pkg", PKG_FIELDS),
            Shape::Audit => ("an audit", AUDIT_FIELDS),
            Shape::Advisory => ("an advisory", ADVISORY_FIELDS),
            Shape::Audits | Shape::Advisories => ("a list", &[][..]),
            Shape::Other => return,
        };
        if !fields.contains(&field) {
            let message = format!("{of} has no field `{field}`");
            self.fault(expr, "cel-field", message, nearest(field, fields.iter().copied()));
        }
    }

    fn function(&mut self, expr: &IdedExpr, name: &str) {
        if name == "matches" {
            let message = "regular expressions are not admitted; use contains, startsWith or endsWith".to_owned();
            self.fault(expr, "cel-function", message, None);
        } else if !is_operator(name) && !FUNCTIONS.contains(&name) {
            let message = format!("`{name}` is no function here; there are {}", FUNCTIONS.join(", "));
            self.fault(expr, "cel-function", message, nearest(name, FUNCTIONS.iter().copied()));
        }
    }

    fn literal(&mut self, expr: &IdedExpr, entries: usize) {
        if entries > CEL_LITERAL_MAX {
            let message = format!("a list written out has at most {CEL_LITERAL_MAX} entries");
            self.fault(expr, "cel-bounds", message, None);
        }
    }
}

fn is_operator(name: &str) -> bool {
    INNER.contains(&name) || name.contains('_') && name.chars().all(|c| !c.is_ascii_alphanumeric())
}

/// Whether a macro's step adds the very element it looks at, as `filter` does.
fn filters(step: &IdedExpr, element: &str) -> bool {
    let adds = |expr: &IdedExpr| match &expr.expr {
        Expr::Call(call) if call.func_name == "_+_" => call.args.get(1).is_some_and(|added| match &added.expr {
            Expr::List(list) => list.elements.iter().all(|one| matches!(&one.expr, Expr::Ident(name) if name == element)),
            _ => false,
        }),
        _ => false,
    };
    match &step.expr {
        Expr::Call(call) if call.func_name == "_?_:_" => call.args.get(1).is_some_and(adds),
        _ => false,
    }
}
