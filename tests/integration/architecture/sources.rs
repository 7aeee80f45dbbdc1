//! The sources as a map from path to text, and their modules as a tree.
//!
//! The tree is built like the compiler's: from each crate's root along `mod` declarations. A file
//! that no declaration reaches is a fault, since no other check would read it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    rc::Rc,
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, ItemMod, UseTree, ext::IdentExt as _};

/// Texts by path relative to the package, with `/` as separator.
pub(super) type Sources = BTreeMap<String, String>;

/// The checked crates: name in paths, root file, manifest.
const CRATES: [(&str, &str, &str); 3] = [
    ("matching", "src/lib.rs", "Cargo.toml"),
    ("main", "src/main.rs", "Cargo.toml"),
    (
        "matching_engine",
        "crates/engine/src/lib.rs",
        "crates/engine/Cargo.toml",
    ),
];

/// Reads the shipped sources of both packages, and their manifests.
pub(super) fn read() -> Sources {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    let mut pending = vec!["src".to_owned(), "crates/engine/src".to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(package.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                pending.push(path);
            } else if has_extension(&path, "rs") {
                let text = fs::read_to_string(entry.path()).unwrap();
                sources.insert(path, text);
            }
        }
    }
    for (_, _, manifest) in CRATES {
        let text = fs::read_to_string(package.join(manifest)).unwrap();
        sources.insert(manifest.to_owned(), text);
    }
    sources
}

/// True if a path ends in this extension.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// The parsed sources. Cloning is cheap, so that a mutant parses only the files that it changes.
#[derive(Clone)]
pub(super) struct Parsed {
    files: BTreeMap<String, Rc<syn::File>>,
    /// The library names of each manifest's dependencies.
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Parsed {
    /// Parses all sources.
    ///
    /// # Panics
    /// If one is not valid Rust, or a manifest not valid TOML.
    pub(super) fn new(sources: &Sources) -> Self {
        let mut parsed = Self {
            files: BTreeMap::new(),
            dependencies: BTreeMap::new(),
        };
        for (path, text) in sources {
            parsed.replace(path, text);
        }
        parsed
    }

    /// Parses another text in place of a file.
    ///
    /// # Panics
    /// If it is not valid Rust.
    pub(super) fn replace(&mut self, path: &str, text: &str) {
        if has_extension(path, "toml") {
            let names = dependencies(text);
            self.dependencies.insert(path.to_owned(), names);
            return;
        }
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.files.insert(path.to_owned(), Rc::new(file));
    }

    /// Returns all crates that the manifests name.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.dependencies.values().flatten().map(String::as_str)
    }
}

/// Returns the names by which code uses the dependencies of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let tables = ["dependencies", "dev-dependencies"];
    let tables = tables.iter().filter_map(|table| manifest.get(*table));
    tables
        .flat_map(|table| table.as_table().unwrap().keys())
        .map(|package| match package.as_str() {
            // The name of its library differs from that of its package.
            "rust-s3" => "s3".to_owned(),
            package => package.replace('-', "_"),
        })
        .collect()
}

/// Index of a module in [`Modules`].
pub(super) type ModuleId = usize;

/// A path in its written form, or as a `use` declares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Written {
    /// True for a path that begins with `::` and so with an outside crate.
    pub(super) from_crates: bool,
    /// The segments, without generic arguments.
    pub(super) segments: Vec<String>,
}

/// One leaf of a `use` declaration.
pub(super) struct Import {
    pub(super) path: Written,
    /// The imported name; `None` for a glob.
    pub(super) name: Option<String>,
}

/// The meaning of a name in a module.
pub(super) enum Meaning {
    Module(ModuleId),
    /// An item that is not a module.
    Item,
    /// An import or a re-export.
    Import(Written),
    /// A type alias: an item in itself, and its target for path segments after it.
    Alias(Written),
}

/// One module, in a file of its own or inline.
pub(super) struct Module<'a> {
    /// The name of its crate, and its path within the crate.
    pub(super) krate: &'static str,
    pub(super) path: Vec<String>,
    pub(super) file: &'a str,
    pub(super) parent: Option<ModuleId>,
    /// True if it is compiled for tests only.
    pub(super) is_test: bool,
    pub(super) names: BTreeMap<String, Vec<Meaning>>,
    pub(super) globs: Vec<Written>,
    pub(super) items: &'a [Item],
    pub(super) attributes: &'a [syn::Attribute],
}

/// The tree of modules of all crates.
pub(super) struct Modules<'a> {
    pub(super) all: Vec<Module<'a>>,
    pub(super) roots: BTreeMap<&'static str, ModuleId>,
    dependencies: BTreeSet<&'a str>,
    /// Files that the check can't read, each with the reason.
    pub(super) faults: Vec<(String, String)>,
}

impl<'a> Modules<'a> {
    pub(super) fn of(parsed: &'a Parsed) -> Self {
        let mut modules = Self {
            all: Vec::new(),
            roots: BTreeMap::new(),
            dependencies: parsed.dependencies().collect(),
            faults: Vec::new(),
        };
        let mut reached = BTreeSet::new();
        for (krate, root, _) in CRATES {
            let Some((file, syntax)) = parsed.files.get_key_value(root) else {
                modules
                    .faults
                    .push((root.to_owned(), "it is missing".to_owned()));
                continue;
            };
            reached.insert(file.as_str());
            let root = modules.add(Module {
                krate,
                path: Vec::new(),
                file,
                parent: None,
                is_test: false,
                names: BTreeMap::new(),
                globs: Vec::new(),
                items: &syntax.items,
                attributes: &syntax.attrs,
            });
            modules.roots.insert(krate, root);
            modules.descend(parsed, root, &mut reached);
        }
        for file in parsed.files.keys() {
            if !reached.contains(file.as_str()) {
                let fault = "no `mod` declaration reaches it".to_owned();
                modules.faults.push((file.clone(), fault));
            }
        }
        modules
    }

    /// True if code may use this name as an outside crate.
    pub(super) fn is_crate(&self, name: &str) -> bool {
        matches!(name, "std" | "core" | "alloc") || self.dependencies.contains(name)
    }

    fn add(&mut self, module: Module<'a>) -> ModuleId {
        self.all.push(module);
        self.all.len() - 1
    }

    /// Reads the names of a module, then its children.
    fn descend(&mut self, parsed: &'a Parsed, id: ModuleId, reached: &mut BTreeSet<&'a str>) {
        for item in self.all[id].items {
            match item {
                Item::Mod(child) => self.declare_module(parsed, id, child, reached),
                Item::Use(declaration) => {
                    for import in imports(declaration) {
                        match import.name {
                            Some(name) => self.declare(id, name, Meaning::Import(import.path)),
                            None => self.all[id].globs.push(import.path),
                        }
                    }
                }
                Item::ExternCrate(declaration) => {
                    let krate = declaration.ident.unraw().to_string();
                    let name = match &declaration.rename {
                        Some((_, name)) => name.unraw().to_string(),
                        None => krate.clone(),
                    };
                    let path = match krate.as_str() {
                        "self" => written(false, ["crate"]),
                        krate => written(true, [krate]),
                    };
                    self.declare(id, name, Meaning::Import(path));
                }
                Item::Type(alias) => {
                    let name = alias.ident.unraw().to_string();
                    self.declare(id, name.clone(), Meaning::Item);
                    if let syn::Type::Path(target) = &*alias.ty
                        && target.qself.is_none()
                    {
                        self.declare(id, name, Meaning::Alias(of_path(&target.path)));
                    }
                }
                // The arguments of a macro contain the names that it declares.
                Item::Macro(call) if call.ident.is_none() => {
                    for name in type_names(call.mac.tokens.clone()) {
                        self.declare(id, name, Meaning::Item);
                    }
                }
                item => {
                    if let Some(name) = item_name(item) {
                        self.declare(id, name, Meaning::Item);
                    }
                    // A macro that is called beside its definition declares the types of its body.
                    if let Item::Macro(definition) = item {
                        for name in declared_types(definition.mac.tokens.clone()) {
                            self.declare(id, name, Meaning::Item);
                        }
                    }
                }
            }
        }
    }

    fn declare(&mut self, id: ModuleId, name: String, meaning: Meaning) {
        self.all[id].names.entry(name).or_default().push(meaning);
    }

    fn declare_module(
        &mut self,
        parsed: &'a Parsed,
        parent: ModuleId,
        declaration: &'a ItemMod,
        reached: &mut BTreeSet<&'a str>,
    ) {
        let name = declaration.ident.unraw().to_string();
        let is_test = self.all[parent].is_test || is_for_tests(&declaration.attrs);
        let mut path = self.all[parent].path.clone();
        path.push(name.clone());
        let own_file = declaration.content.is_none();
        let (file, items, attributes) = if let Some((_, items)) = &declaration.content {
            (self.all[parent].file, &items[..], &[][..])
        } else {
            let has_path = |attribute: &syn::Attribute| attribute.path().is_ident("path");
            if declaration.attrs.iter().any(has_path) {
                // Code in a place that its path doesn't show would be in no room.
                let fault = format!("`mod {name}` has a #[path]");
                self.faults.push((self.all[parent].file.to_owned(), fault));
                self.declare(parent, name, Meaning::Item);
                return;
            }
            let folder = folder_of(&self.all, parent);
            let candidates = [
                format!("{folder}/{name}.rs"),
                format!("{folder}/{name}/mod.rs"),
            ];
            let found = candidates
                .iter()
                .find_map(|file| parsed.files.get_key_value(file));
            let Some((file, syntax)) = found else {
                let fault = format!("`mod {name}` has no file");
                self.faults.push((self.all[parent].file.to_owned(), fault));
                return;
            };
            (file.as_str(), &syntax.items[..], &syntax.attrs[..])
        };
        if own_file {
            reached.insert(file);
        }
        let is_test = is_test || is_for_tests(attributes);
        let child = self.add(Module {
            krate: self.all[parent].krate,
            path,
            file,
            parent: Some(parent),
            is_test,
            names: BTreeMap::new(),
            globs: Vec::new(),
            items,
            attributes,
        });
        self.declare(parent, name, Meaning::Module(child));
        self.descend(parsed, child, reached);
    }
}

/// Returns the folder with the files of a module's children.
fn folder_of(all: &[Module<'_>], id: ModuleId) -> String {
    let module = &all[id];
    let (_, root, _) = CRATES
        .into_iter()
        .find(|(krate, _, _)| *krate == module.krate)
        .unwrap();
    let start = root.rsplit_once('/').unwrap().0;
    let mut folder = start.to_owned();
    for segment in &module.path {
        folder.push('/');
        folder.push_str(segment);
    }
    folder
}

/// True if the attributes restrict an item to tests: `#[cfg(test)]`, `#[cfg(all(test, …))]`,
/// `#[test]`.
pub(super) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = attribute.path().is_ident("test");
        let is_cfg = attribute.path().is_ident("cfg");
        is_test
            || is_cfg
                && attribute
                    .parse_args::<syn::Meta>()
                    .is_ok_and(|condition| implies_test(&condition))
    })
}

fn implies_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => {
            let parser = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            list.parse_args_with(parser)
                .is_ok_and(|parts| parts.iter().any(implies_test))
        }
        _ => false,
    }
}

/// Returns the names in a macro's arguments that look like types and are not part of a path.
fn type_names(tokens: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut behind_colon = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => names.extend(type_names(group.stream())),
            TokenTree::Ident(name) if !behind_colon => {
                let name = name.unraw().to_string();
                if name.starts_with(char::is_uppercase) {
                    names.push(name);
                }
            }
            _ => {}
        }
        behind_colon = matches!(&token, TokenTree::Punct(found) if found.as_char() == ':');
    }
    names
}

/// Returns the names of the types that a macro's body declares.
fn declared_types(tokens: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut behind_keyword = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => names.extend(declared_types(group.stream())),
            TokenTree::Ident(name) if behind_keyword => names.push(name.unraw().to_string()),
            _ => {}
        }
        behind_keyword = matches!(
            &token,
            TokenTree::Ident(keyword) if keyword == "struct" || keyword == "enum"
        );
    }
    names
}

fn item_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.unraw().to_string())
}

pub(super) fn written<'s>(
    from_crates: bool,
    segments: impl IntoIterator<Item = &'s str>,
) -> Written {
    Written {
        from_crates,
        segments: segments.into_iter().map(str::to_owned).collect(),
    }
}

pub(super) fn of_path(path: &syn::Path) -> Written {
    Written {
        from_crates: path.leading_colon.is_some(),
        segments: path
            .segments
            .iter()
            .map(|segment| segment.ident.unraw().to_string())
            .collect(),
    }
}

/// Returns the leaves of a `use` declaration.
pub(super) fn imports(declaration: &syn::ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    let start = written(declaration.leading_colon.is_some(), []);
    collect_imports(&declaration.tree, &start, &mut found);
    found
}

pub(super) fn collect_imports(tree: &UseTree, before: &Written, found: &mut Vec<Import>) {
    let joined = |name: &syn::Ident| {
        let mut path = before.clone();
        // `self` in braces is the path before the braces.
        if name != "self" || path.segments.is_empty() {
            path.segments.push(name.unraw().to_string());
        }
        path
    };
    match tree {
        UseTree::Path(part) => collect_imports(&part.tree, &joined(&part.ident), found),
        UseTree::Name(leaf) => {
            let path = joined(&leaf.ident);
            let name = path.segments.last().cloned();
            found.push(Import { path, name });
        }
        UseTree::Rename(leaf) => found.push(Import {
            path: joined(&leaf.ident),
            name: Some(leaf.rename.unraw().to_string()),
        }),
        UseTree::Glob(_) => found.push(Import {
            path: before.clone(),
            name: None,
        }),
        UseTree::Group(group) => {
            for tree in &group.items {
                collect_imports(tree, before, found);
            }
        }
    }
}
