//! A second reader of Python indexes: under a policy that lists everything, our page says what upstream's says.

use vetmoot_tests::{partners, process};

use crate::world::{PASS_ALL, World};

/// Prints one line for each file: name, digests, yanked, metadata, time, size, where its bytes are asked for.
const SCRIPT: &str = r"
import sys
from pypi_simple import PyPISimple, ACCEPT_JSON_ONLY, ACCEPT_HTML_ONLY
accept = {'json': ACCEPT_JSON_ONLY, 'html': ACCEPT_HTML_ONLY}[sys.argv[2]]
with PyPISimple(sys.argv[1], accept=accept) as client:
    page = client.get_project_page(sys.argv[3])
    print('project', page.project)
    for file in sorted(page.packages, key=lambda file: file.filename):
        metadata = file.has_metadata if sys.argv[2] == 'json' else None
        print(file.filename, file.version, file.package_type, sorted(file.digests.items()), file.requires_python,
              file.is_yanked, file.yanked_reason, metadata, file.upload_time, file.size)
";

#[test]
fn pypi_simple_reads_the_same_from_us_as_from_upstream_in_json() {
    compare("json");
}

#[test]
fn pypi_simple_reads_the_same_from_us_as_from_upstream_in_html() {
    compare("html");
}

fn compare(form: &str) {
    let Some(python) = partners::require("pypi-simple") else { return };
    let world = World::start();
    world.pass_all();
    world.pypi.yank("mossy_lantern-1.0.0.tar.gz", "made in haste");
    let read = |index: &str, project: &str| {
        let mut command = python.command();
        command.args(["-c", SCRIPT, index, form, project]).env("HOME", std::env::temp_dir());
        let ended = process::run(&mut command);
        assert!(ended.is_good(), "pypi-simple: {}", ended.stderr);
        ended.stdout
    };
    for project in ["mossy-lantern", "quiet-harbour", "newborn-heron"] {
        let (ours, theirs) = (read(&world.instance.door("pypi", PASS_ALL), project), read(&world.pypi.url(), project));
        assert!(theirs.lines().count() > 2, "{theirs}");
        assert_eq!(ours, theirs, "{project} in {form}");
    }
}
