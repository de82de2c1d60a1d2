//! Which file of the crate uses which other one: paths resolved through modules and re-exports to the file that
//! defines the item. Unit tests and comments do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A path from the root of the crate: `journal`, `redact`, `Secret`.
type CratePath = Vec<String>;

/// One source file.
pub struct SourceFile {
    /// Its path below `src`.
    pub path: String,
    /// Its text, comments and tests included.
    pub text: String,
    /// Its text without line comments and without what follows the first `#[cfg(test)]`.
    pub code: String,
    module: CratePath,
    uses: Vec<Use>,
    paths: Vec<CratePath>,
}

struct Use {
    /// The name under which the item is known in the module; `*` for all.
    name: String,
    /// The path as written.
    target: CratePath,
}

impl SourceFile {
    /// The module at the top of the crate that the file belongs to.
    pub fn top(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

/// Every file of the crate.
pub struct SourceTree {
    pub files: Vec<SourceFile>,
    by_module: BTreeMap<CratePath, usize>,
}

/// Uses between files, by their places in [`SourceTree::files`].
pub type Graph = BTreeMap<usize, BTreeSet<usize>>;

impl SourceTree {
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        collect(&root, &mut paths);
        paths.sort();
        Self::of(paths.into_iter().map(|path| {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            (path.strip_prefix(&root).expect("below src").to_str().expect("UTF-8").to_owned(), text)
        }))
    }

    /// The tree of these files, each a path below `src` and a text.
    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files: Vec<_> = files.into_iter().filter_map(|(path, text)| source_file(path, text)).collect();
        let by_module = files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        Self { files, by_module }
    }

    /// Which file uses which others.
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        for (at, file) in self.files.iter().enumerate() {
            let written = file.uses.iter().map(|one| &one.target).chain(&file.paths);
            let targets = written.filter_map(|path| self.definition(&file.module, path, 0));
            graph.insert(at, targets.filter(|target| *target != at).collect());
        }
        graph
    }

    /// The same without what a file uses of the modules around it: a `mod.rs` may hold the types that its files share.
    pub fn graph_below_parents(&self) -> Graph {
        let mut graph = self.graph();
        for (from, targets) in &mut graph {
            let module = &self.files[*from].module;
            targets.retain(|target| !module.starts_with(&self.files[*target].module));
        }
        graph
    }

    /// The file that defines what `path`, written in `module`, means.
    fn definition(&self, module: &[String], path: &[String], depth: usize) -> Option<usize> {
        let path = self.absolute(module, path)?;
        // The longest prefix that is a module, and the name of the item in it.
        let len = (0..=path.len()).rev().find(|len| self.by_module.contains_key(&path[..*len]))?;
        let at = self.by_module[&path[..len]];
        let file = &self.files[at];
        let Some(item) = path.get(len).filter(|_| depth < 16) else { return Some(at) };
        let named = file.uses.iter().find(|one| one.name == *item);
        if let Some(one) = named {
            let mut target = one.target.clone();
            target.extend_from_slice(&path[len + 1..]);
            return self.definition(&file.module, &target, depth + 1).or(Some(at));
        }
        let globs = file.uses.iter().filter(|one| one.name == "*");
        for glob in globs {
            let Some(inner) = self.absolute(&file.module, &glob.target) else { continue };
            if let Some(defines) = self.by_module.get(&inner).filter(|defines| **defines != at)
                && defines_item(&self.files[*defines].code, item)
            {
                return Some(*defines);
            }
        }
        Some(at)
    }

    /// A path from the root, if it is one of this crate's.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<CratePath> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            name => {
                let mut child = module.to_vec();
                child.push(name.to_owned());
                if !self.by_module.contains_key(&child) {
                    return None;
                }
                child
            }
        };
        for part in rest {
            if part == "super" {
                base.pop()?;
            } else {
                base.push(part.clone());
            }
        }
        Some(base)
    }
}

/// Whether a text defines an item of this name that other files can see.
fn defines_item(code: &str, name: &str) -> bool {
    ["struct", "enum", "trait", "type", "fn", "const", "static", "macro_rules!"].iter().any(|kind| {
        code.match_indices(&format!("{kind} {name}")).any(|(at, found)| {
            let end = code[at + found.len()..].chars().next();
            !end.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
        })
    })
}

/// The groups of files that use each other in a circle.
pub fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    let reach: BTreeMap<usize, BTreeSet<usize>> =
        graph.keys().map(|from| (*from, reachable(graph, *from))).collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for (from, reached) in &reach {
        if seen.contains(from) || !reached.contains(from) {
            continue;
        }
        let group: Vec<usize> = reached.iter().copied().filter(|other| reach[other].contains(from)).collect();
        seen.extend(group.iter().copied());
        circles.push(group);
    }
    circles
}

fn reachable(graph: &Graph, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        for target in &graph[&at] {
            if reached.insert(*target) {
                next.push(*target);
            }
        }
    }
    reached
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Reads one file; `None` for one that holds only unit tests.
fn source_file(path: String, text: String) -> Option<SourceFile> {
    let mut module: CratePath = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    match module.last().map(String::as_str) {
        Some("tests") => return None,
        Some("mod" | "lib") => _ = module.pop(),
        _ => {}
    }
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut reader = Reader::default();
    reader.visit_file(&parsed);
    let without_comments: Vec<_> =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let without_comments = without_comments.join("\n");
    let code = without_comments.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    Some(SourceFile { path, text, code, module, uses: reader.uses, paths: reader.paths })
}

#[derive(Default)]
struct Reader {
    uses: Vec<Use>,
    paths: Vec<CratePath>,
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|what| what.is_ident("test")))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            flatten(&item.tree, &mut Vec::new(), &mut self.uses);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: CratePath = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.paths.push(segments);
        }
        visit::visit_path(self, path);
    }

    // `pub(in crate::x)` names an ancestor, which is not a use of it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn flatten(tree: &syn::UseTree, prefix: &mut CratePath, uses: &mut Vec<Use>) {
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, uses);
            prefix.pop();
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| flatten(tree, prefix, uses));
        }
        syn::UseTree::Glob(_) => uses.push(Use { name: "*".to_owned(), target: prefix.clone() }),
        syn::UseTree::Name(name) => {
            let (name, mut target) = (name.ident.to_string(), prefix.clone());
            if name == "self" {
                uses.push(Use { name: prefix.last().cloned().unwrap_or_default(), target });
            } else {
                target.push(name.clone());
                uses.push(Use { name, target });
            }
        }
        syn::UseTree::Rename(rename) => {
            let mut target = prefix.clone();
            if rename.ident != "self" {
                target.push(rename.ident.to_string());
            }
            uses.push(Use { name: rename.rename.to_string(), target });
        }
    }
}
