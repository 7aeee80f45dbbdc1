//! The format of the tables: `name: alias, alias`, in `[section]`s, with `# comments`.

/// One line of a table.
pub struct Row<'a> {
    /// The section it stands in; empty before the first.
    pub section: &'a str,
    /// The name.
    pub name: &'a str,
    /// Its other forms.
    aliases: &'a str,
}

impl<'a> Row<'a> {
    /// The name and its other forms.
    pub fn forms(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.name).chain(
            self.aliases
                .split(',')
                .map(str::trim)
                .filter(|alias| !alias.is_empty()),
        )
    }
}

/// The rows of a table, in its order.
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

/// The lines that say something.
pub fn lines(table: &str) -> impl Iterator<Item = &str> {
    table
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
}
