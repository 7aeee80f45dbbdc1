//! Parser of the vocabulary's tables: `name: alias, alias`, in `[section]`s, with `# comments`.

/// One row of a table.
pub struct Row<'a> {
    /// The section; empty before the first one.
    pub section: &'a str,
    /// The name.
    pub name: &'a str,
    /// Other forms, separated by commas.
    aliases: &'a str,
}

impl<'a> Row<'a> {
    /// Returns the name and its other forms.
    pub fn forms(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.name).chain(
            self.aliases
                .split(',')
                .map(str::trim)
                .filter(|alias| !alias.is_empty()),
        )
    }
}

/// Returns the rows of a table, in file order.
pub fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    let mut section = "";
    lines(table).filter_map(move |line| {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name;
            return None;
        }
        let (name, aliases) = line.split_once(':').unwrap_or((line, ""));
        Some(Row {
            section,
            name: name.trim(),
            aliases,
        })
    })
}

/// Returns the lines of a table without blank lines and comments.
pub fn lines(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
}
