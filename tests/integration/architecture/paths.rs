//! Finds every path in a module and resolves it to the module or outside crate that it leads to.
//!
//! Paths are followed through imports, aliases, globs and re-exports to the declaration of the
//! item. A re-export on the way counts too: code that takes an item from `api` uses `api`, wherever
//! the item is declared. In macro arguments and attributes, paths are found in the tokens.
//!
//! Values whose type is never named can't be checked: `request.store.accept()` names no room.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use syn::{
    Attribute, Item, UseTree,
    ext::IdentExt as _,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::sources::{
    Import, Meaning, ModuleId, Modules, Written, collect_imports, imports, is_for_tests, of_path,
};

/// The target of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A module of these crates: `api::state`, `engine::scoring`, `lib`, `main`.
    Inside(String),
    /// An item of another crate, with its full path: `std::fs::read`.
    Outside(String),
    /// An item (the second path) that a glob import of another crate (the first) may import.
    Perhaps(String, String),
    /// No known target.
    Nowhere,
}

/// One path in a module.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) line: usize,
    /// The path in its written form.
    pub(super) written: String,
    /// Its targets, more than one if a name has several meanings, and the re-exports on the way.
    pub(super) places: BTreeSet<Place>,
    /// True in code that is compiled for tests only.
    pub(super) is_test: bool,
}

/// Finds all paths in a module, without its child modules.
pub(super) fn mentions(modules: &Modules<'_>, module: ModuleId) -> Vec<Mention> {
    let mut visitor = Visitor {
        modules,
        module,
        is_test: modules.all[module].is_test,
        scopes: Vec::new(),
        found: Vec::new(),
    };
    for attribute in modules.all[module].attributes {
        visitor.visit_attribute(attribute);
    }
    for item in modules.all[module].items {
        match item {
            Item::Mod(child) => child
                .attrs
                .iter()
                .for_each(|attribute| visitor.visit_attribute(attribute)),
            item => visitor.visit_item(item),
        }
    }
    visitor.found
}

/// Returns the name of a module in rules and reports.
pub(super) fn module_name(modules: &Modules<'_>, id: ModuleId) -> String {
    let module = &modules.all[id];
    let path = module.path.join("::");
    match (module.krate, path.is_empty()) {
        ("matching", true) => "lib".to_owned(),
        ("matching", false) => path,
        ("matching_engine", true) => "engine".to_owned(),
        ("matching_engine", false) => format!("engine::{path}"),
        (krate, _) => krate.to_owned(),
    }
}

/// The imports of a block.
#[derive(Default)]
struct Scope {
    names: BTreeMap<String, Vec<Written>>,
    globs: Vec<Written>,
}

/// The maximum length of a chain of re-exports, which can be circular.
const LONGEST_CHAIN: usize = 32;

/// The target of one reading of a path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Module(ModuleId),
    ItemOf(ModuleId),
    Outside(Vec<String>),
    Perhaps(Vec<String>, Vec<String>),
}

/// The state of resolving one path.
struct Resolution<'v, 'm> {
    modules: &'v Modules<'m>,
    start: ModuleId,
    scopes: &'v [Scope],
    ends: BTreeSet<End>,
    /// Modules whose re-exports were followed.
    passed: BTreeSet<ModuleId>,
    seen: BTreeSet<(ModuleId, Vec<String>)>,
}

impl Resolution<'_, '_> {
    fn again(&self) -> Self {
        Self {
            modules: self.modules,
            start: self.start,
            scopes: &[],
            ends: BTreeSet::new(),
            passed: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Resolves a path in the start module, with the imports of the blocks around it.
    fn in_blocks(&mut self, path: &Written) -> bool {
        if !path.from_crates
            && let Some((first, rest)) = path.segments.split_first()
        {
            for depth in (0..self.scopes.len()).rev() {
                let scope = &self.scopes[depth];
                if let Some(targets) = scope.names.get(first) {
                    let mut found = false;
                    for target in targets {
                        // `use a::a;` in a block: the import's first segment is not the import
                        // itself.
                        if target.segments.first() != Some(first) || target.from_crates {
                            found |= self.in_blocks(&joined(target, rest));
                        } else {
                            found |= self.from(self.start, &joined(target, rest), 0);
                        }
                    }
                    return found;
                }
                for glob in &scope.globs {
                    if self.through_glob(self.start, glob, &path.segments, 0) {
                        return true;
                    }
                }
            }
        }
        self.from(self.start, path, 0)
    }

    /// Resolves a path in a module. True if it has a target.
    fn from(&mut self, module: ModuleId, path: &Written, depth: usize) -> bool {
        if depth > LONGEST_CHAIN {
            return false;
        }
        let Some((first, rest)) = path.segments.split_first() else {
            return self.end(End::Module(module));
        };
        if path.from_crates {
            return self.note_outside_path(first, rest, depth);
        }
        match first.as_str() {
            "crate" => {
                let root = self.modules.roots[self.modules.all[module].krate];
                self.member(root, rest, depth)
            }
            "self" | "super" => self.member(module, &path.segments, depth),
            _ => {
                self.member(module, &path.segments, depth)
                    || self.note_outside_path(first, rest, depth)
            }
        }
    }

    fn note_outside_path(&mut self, first: &str, rest: &[String], depth: usize) -> bool {
        if let Some(root) = self.modules.roots.get(first) {
            return self.member(*root, rest, depth);
        }
        if !self.modules.is_crate(first) {
            return false;
        }
        // Rules treat the items of `core` and `alloc` as those of `std`.
        let krate = match first {
            "core" | "alloc" => "std",
            other => other,
        };
        let path = [&[krate.to_owned()], rest].concat();
        self.end(End::Outside(path))
    }

    /// Looks up a path inside a module, without the crates around it.
    fn member(&mut self, module: ModuleId, path: &[String], depth: usize) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return self.end(End::Module(module));
        };
        if depth > LONGEST_CHAIN || !self.seen.insert((module, path.to_vec())) {
            return false;
        }
        let all = &self.modules.all;
        match first.as_str() {
            "self" => return self.member(module, rest, depth),
            "super" => {
                let parent = all[module].parent;
                return parent.is_some_and(|parent| self.member(parent, rest, depth));
            }
            _ => {}
        }
        if let Some(meanings) = all[module].names.get(first) {
            let mut found = false;
            for meaning in meanings {
                found |= match meaning {
                    Meaning::Module(child) => self.member(*child, rest, depth),
                    Meaning::Item => self.end(End::ItemOf(module)),
                    Meaning::Alias(_) if rest.is_empty() => false,
                    Meaning::Alias(target) => self.from(module, &joined(target, rest), depth + 1),
                    Meaning::Import(target) => {
                        self.passed.insert(module);
                        self.imported(module, first, &joined(target, rest), depth + 1)
                    }
                };
            }
            return found;
        }
        let globs = &all[module].globs;
        globs.iter().any(|glob| {
            let found = self.through_glob(module, glob, path, depth + 1);
            if found {
                self.passed.insert(module);
            }
            found
        })
    }

    /// Follows an import. `use sqlx;` and `use sqlx as sqlx;` name the crate, not themselves.
    fn imported(&mut self, module: ModuleId, name: &str, target: &Written, depth: usize) -> bool {
        match target.segments.split_first() {
            Some((first, rest)) if !target.from_crates && first == name => {
                self.note_outside_path(first, rest, depth)
            }
            _ => self.from(module, target, depth),
        }
    }

    fn through_glob(
        &mut self,
        module: ModuleId,
        glob: &Written,
        path: &[String],
        depth: usize,
    ) -> bool {
        if depth > LONGEST_CHAIN {
            return false;
        }
        let mut base = self.again();
        // Resolving this glob may need another glob, but not this one itself.
        base.seen.clone_from(&self.seen);
        base.from(module, glob, depth);
        let mut found = false;
        for end in base.ends {
            match end {
                End::Module(target) => found |= self.member(target, path, depth + 1),
                End::Outside(prefix) | End::Perhaps(_, prefix) => {
                    let whole = [&prefix, path].concat();
                    self.ends.insert(End::Perhaps(prefix, whole));
                }
                // The variants of an enum: the import itself has been recorded.
                End::ItemOf(_) => {}
            }
        }
        found
    }

    fn end(&mut self, end: End) -> bool {
        self.ends.insert(end);
        true
    }
}

fn joined(path: &Written, rest: &[String]) -> Written {
    Written {
        from_crates: path.from_crates,
        segments: [&path.segments, rest].concat(),
    }
}

struct Visitor<'v, 'm> {
    modules: &'v Modules<'m>,
    module: ModuleId,
    is_test: bool,
    scopes: Vec<Scope>,
    found: Vec<Mention>,
}

/// The context of a path, which decides whether it must resolve.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    Code,
    Tokens,
}

impl Visitor<'_, '_> {
    fn add(&mut self, written: &str, span: Span, places: impl IntoIterator<Item = Place>) {
        let mention = Mention {
            line: span.start().line,
            written: written.to_owned(),
            places: places.into_iter().collect(),
            is_test: self.is_test,
        };
        if !mention.places.is_empty() {
            self.found.push(mention);
        }
    }

    fn add_async(&mut self, span: Span) {
        self.add("async", span, [Place::Outside("async".to_owned())]);
    }

    fn path(&mut self, path: &Written, span: Span, kind: Kind) {
        let mut resolution = Resolution {
            modules: self.modules,
            start: self.module,
            scopes: &self.scopes,
            ends: BTreeSet::new(),
            passed: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        let found = resolution.in_blocks(path);
        let Resolution { ends, passed, .. } = resolution;
        let single = path.segments.len() == 1 && !path.from_crates;
        let text = path.segments.join("::");
        let mut places = BTreeSet::new();
        for end in ends {
            places.insert(match end {
                // A variable or a field with the name of a module.
                End::Module(_) if single && kind != Kind::Import => continue,
                End::Outside(whole) if whole.len() == 1 && single && kind != Kind::Import => {
                    continue;
                }
                End::Module(id) | End::ItemOf(id) => Place::Inside(module_name(self.modules, id)),
                End::Outside(path) => Place::Outside(path.join("::")),
                End::Perhaps(glob, path) => Place::Perhaps(glob.join("::"), path.join("::")),
            });
        }
        for id in passed {
            let is_root = self.modules.all[id].parent.is_none();
            if id != self.module && !is_root {
                places.insert(Place::Inside(module_name(self.modules, id)));
            }
        }
        let unknown = !found
            && !places
                .iter()
                .any(|place| matches!(place, Place::Perhaps(..)));
        if unknown && (kind == Kind::Import || kind == Kind::Code && !single && is_path(&text)) {
            places.insert(Place::Nowhere);
        }
        self.add(&text, span, places);
    }

    fn under<T>(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.is_test;
        self.is_test |= is_for_tests(attributes);
        let result = visit(self);
        self.is_test = before;
        result
    }

    fn imports(&mut self, imports: &[Import], span: Span) {
        for import in imports {
            self.path(&import.path, span, Kind::Import);
        }
    }

    /// Visits a qualified path: `<Type>::function` is `Type::function`.
    fn qualified(&mut self, of: &syn::QSelf, path: &syn::Path) {
        if let syn::Type::Path(start) = &*of.ty
            && start.qself.is_none()
        {
            let path = joined(&of_path(&start.path), &of_path(path).segments);
            self.path(&path, of.ty.span(), Kind::Code);
        }
        self.visit_type(&of.ty);
        for segment in &path.segments {
            self.visit_path_arguments(&segment.arguments);
        }
    }

    /// Finds paths, `use` trees, `async` and the macros of the prelude in tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    self.path_in_text(&literal.to_string(), literal.span());
                }
                TokenTree::Ident(first) => {
                    let span = first.span();
                    let (path, next) = path_in_tokens(&tokens, at);
                    self.special(&path, span);
                    if next < tokens.len() && is_punctuation(&tokens[next], '!') {
                        self.prelude_macro(&path, span);
                    }
                    let (imports, next) = tree_in_tokens(&path, &tokens, next);
                    match imports {
                        Some(imports) => self.imports(&imports, span),
                        None => self.path(&path, span, Kind::Tokens),
                    }
                    at = next;
                    continue;
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }

    fn special(&mut self, path: &Written, span: Span) {
        if path
            .segments
            .iter()
            .any(|word| word == "async" || word == "await")
        {
            self.add_async(span);
        }
    }

    fn prelude_macro(&mut self, path: &Written, span: Span) {
        const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
        if let [name] = &path.segments[..]
            && PRINTING.contains(&name.as_str())
        {
            self.add(name, span, [Place::Outside(format!("std::{name}"))]);
        }
    }

    /// Finds paths in texts of attributes, such as `#[serde(with = "crate::room::module")]`.
    fn path_in_text(&mut self, literal: &str, span: Span) {
        let text = literal.trim_matches('"');
        if text.contains("::")
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            self.path(&of_path(&path), span, Kind::Tokens);
        }
    }
}

/// True if the first segment may be a module or a crate: it is neither a type nor a primitive.
fn is_path(text: &str) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "f32", "f64", "bool", "char", "str",
    ];
    let first = text.split("::").next().unwrap_or_default();
    first.starts_with(|c: char| c.is_lowercase() || c == '_') && !PRIMITIVES.contains(&first)
}

fn is_punctuation(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == expected)
}

/// True if the tokens at this index are `::`.
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_joint = |token: &TokenTree| {
        matches!(token, TokenTree::Punct(found)
            if found.as_char() == ':' && found.spacing() == Spacing::Joint)
    };
    tokens.get(at).is_some_and(is_joint)
        && tokens
            .get(at + 1)
            .is_some_and(|token| is_punctuation(token, ':'))
}

/// Returns the path that begins with the name at this index, and the index after it.
fn path_in_tokens(tokens: &[TokenTree], start: usize) -> (Written, usize) {
    let name = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(name)) => Some(name.unraw().to_string()),
        _ => None,
    };
    let leading = start >= 2 && is_separator(tokens, start - 2);
    // After `Type::<T>` or `$name` the beginning of the path is unknown.
    let before = start.checked_sub(3).map(|at| &tokens[at]);
    let has_beginning = before.is_some_and(|token| {
        is_punctuation(token, '>') || matches!(token, TokenTree::Ident(_) | TokenTree::Group(_))
    });
    let mut path = Written {
        from_crates: leading && !has_beginning,
        segments: name(start).into_iter().collect(),
    };
    let mut at = start + 1;
    while is_separator(tokens, at)
        && let Some(segment) = name(at + 2)
    {
        path.segments.push(segment);
        at += 3;
    }
    (path, at)
}

/// Returns the leaves of `::{…}` or `::*` after a path in tokens.
fn tree_in_tokens(path: &Written, tokens: &[TokenTree], at: usize) -> (Option<Vec<Import>>, usize) {
    if !is_separator(tokens, at) {
        return (None, at);
    }
    match tokens.get(at + 2) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let tree = TokenStream::from(TokenTree::Group(group.clone()));
            let Ok(tree) = syn::parse2::<UseTree>(tree) else {
                return (None, at);
            };
            let mut found = Vec::new();
            collect_imports(&tree, path, &mut found);
            (Some(found), at + 3)
        }
        Some(token) if is_punctuation(token, '*') => {
            let import = Import {
                path: path.clone(),
                name: None,
            };
            (Some(vec![import]), at + 3)
        }
        _ => (None, at),
    }
}

impl<'ast> Visit<'ast> for Visitor<'_, '_> {
    fn visit_item(&mut self, item: &'ast Item) {
        self.under(attributes_of(item), |this| visit::visit_item(this, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A module inside a function, which is not in the tree of modules.
        self.add("mod", item.span(), [Place::Nowhere]);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs[..],
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => &[],
        };
        self.under(attributes, |this| visit::visit_impl_item(this, item));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.under(&field.attrs, |this| visit::visit_field(this, field));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.under(&variant.attrs, |this| visit::visit_variant(this, variant));
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        self.under(&local.attrs, |this| visit::visit_local(this, local));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.under(&arm.attrs, |this| visit::visit_arm(this, arm));
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.imports(&imports(item), item.span());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        if item.ident != "self" {
            let path = Written {
                from_crates: true,
                segments: vec![item.ident.unraw().to_string()],
            };
            self.path(&path, item.span(), Kind::Import);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let mut scope = Scope::default();
        for statement in &block.stmts {
            if let syn::Stmt::Item(Item::Use(item)) = statement {
                for import in imports(item) {
                    match import.name {
                        Some(name) => scope.names.entry(name).or_default().push(import.path),
                        None => scope.globs.push(import.path),
                    }
                }
            }
        }
        self.scopes.push(scope);
        visit::visit_block(self, block);
        self.scopes.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(&of_path(path), path.span(), Kind::Code);
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expression: &'ast syn::ExprPath) {
        match &expression.qself {
            Some(of) if of.position == 0 => self.qualified(of, &expression.path),
            _ => visit::visit_expr_path(self, expression),
        }
    }

    fn visit_type_path(&mut self, of_type: &'ast syn::TypePath) {
        match &of_type.qself {
            Some(of) if of.position == 0 => self.qualified(of, &of_type.path),
            _ => visit::visit_type_path(self, of_type),
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        if attribute.path().segments.len() > 1 {
            self.path(&of_path(attribute.path()), attribute.span(), Kind::Tokens);
        }
        match &attribute.meta {
            syn::Meta::Path(_) => {}
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            syn::Meta::NameValue(pair) => self.visit_expr(&pair.value),
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let path = of_path(&call.path);
        let (span, name) = (call.span(), path.segments.last().cloned());
        self.prelude_macro(&path, span);
        self.path(&path, span, Kind::Tokens);
        if name.as_deref() == Some("include") {
            // The code of a file that no module declares.
            self.add("include!", span, [Place::Nowhere]);
        }
        self.tokens(call.tokens.clone());
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(word) = &signature.asyncness {
            self.add_async(word.span);
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, expression: &'ast syn::ExprAsync) {
        let span = expression.async_token.span;
        self.add_async(span);
        visit::visit_expr_async(self, expression);
    }

    fn visit_expr_await(&mut self, expression: &'ast syn::ExprAwait) {
        let span = expression.await_token.span;
        self.add_async(span);
        visit::visit_expr_await(self, expression);
    }

    fn visit_expr_closure(&mut self, expression: &'ast syn::ExprClosure) {
        if let Some(word) = &expression.asyncness {
            self.add_async(word.span);
        }
        visit::visit_expr_closure(self, expression);
    }
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
