//! What a policy that extends another may hold: it adds, it never changes what stands in its base.

use super::cursor::Table;

/// Refuses the tables that only a policy of its own may have.
pub(super) fn refuse_more(root: &Table<'_, '_>) {
    for key in ["criteria", "require", "evidence", "gates", "pending-bytes", "pypi"] {
        if let Some(value) = root.get(key) {
            let message = format!(
                "`{key}` cannot stand beside `extends`: an extension adds imports, exceptions, rules and tests; for more, \
                 write a policy of its own"
            );
            root.errors().add("extension-changes", &value.span(), message);
        }
    }
}
