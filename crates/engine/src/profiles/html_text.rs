//! Extracts the text of an HTML fragment, such as the description of a schema.org job posting.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use entities::ENTITIES;

/// The length of the longest name of an entity, `CounterClockwiseContourIntegral`, in bytes.
const LONGEST_NAME: usize = 31;

/// Drops tags, comments, scripts and styles, and decodes entities. Tags that start a new line
/// become line breaks, and each line is trimmed. A fragment that was escaped as a whole
/// (`&lt;p&gt;`) is unwrapped once more. Accepts any text: text that is not HTML is returned
/// unchanged.
pub(super) fn plain_text(html: &str) -> String {
    let stripped = without_tags(html);
    let mut text = without_entities(&stripped);
    if stripped.len() == html.len() && has_tag(&text) {
        text = without_entities(&without_tags(&text));
    }
    // Text that was escaped twice (`&amp;eacute;`), as in feeds built from other feeds.
    if has_entity(&text) {
        text = without_entities(&text);
    }
    let mut lines = String::with_capacity(text.len());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(line);
    }
    lines
}

/// Returns the text without HTML; borrowed if there is none. Accepts text of any format.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    if text.contains(['<', '&']) && (has_tag(text) || has_entity(text)) {
        Cow::Owned(plain_text(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// True if `<` starts an HTML tag here, rather than meaning "less than" (« <5 ans ») or starting a
/// type parameter (`List<String>`) or an address.
fn opens_tag(after: &str) -> bool {
    if after.starts_with("!--") || after.starts_with("!DOCTYPE") || after.starts_with("!doctype") {
        return true;
    }
    let name = after.strip_prefix('/').unwrap_or(after);
    let end = name
        .bytes()
        .take(40)
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-')))
        .unwrap_or(name.len().min(40));
    let (Some(name), Some(rest)) = (name.get(..end), name.get(end..)) else {
        return false;
    };
    let ends =
        rest.is_empty() || rest.starts_with(['>', '/']) || rest.starts_with(char::is_whitespace);
    // Tags written by Word contain a colon: `<o:p>`.
    let is_name = name.contains(':') && !name.starts_with("http") && !name.starts_with("mailto")
        || TAGS.contains(&&*name.to_ascii_lowercase());
    !name.is_empty() && ends && is_name
}

fn has_entity(text: &str) -> bool {
    text.match_indices('&')
        .any(|(at, _)| entity_at_start(&text[at + 1..]).is_some())
}

/// Returns the characters of an entity whose name and `;` start this text, which follows `&`, and
/// the text after them.
fn entity_at_start(text: &str) -> Option<(Cow<'static, str>, &str)> {
    // An unlimited search would be quadratic on a row of `&`.
    let end = text
        .bytes()
        .take(LONGEST_NAME + 1)
        .position(|byte| byte == b';')?;
    Some((characters_named(&text[..end])?, &text[end + 1..]))
}

/// HTML tags that are recognised. Pages are copied as a whole, so the tags of forms, media and
/// frames are included.
#[rustfmt::skip]
const TAGS: [&str; 84] = [
    "a", "abbr", "address", "article", "aside", "audio", "b", "big", "blockquote", "body", "br", "button",
    "caption", "center", "cite", "code", "col", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
    "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "li", "link", "main", "mark", "meta",
    "nav", "ol", "option", "p", "picture", "pre", "q", "s", "samp", "script", "section", "select", "small",
    "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "tfoot",
    "th", "thead", "time", "title", "tr", "u", "ul",
];

fn has_tag(text: &str) -> bool {
    text.match_indices('<')
        .any(|(at, _)| opens_tag(&text[at + 1..]))
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        if !opens_tag(inner) {
            text.push('<');
            rest = inner;
            continue;
        }
        if let Some(comment) = inner.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = inner.split_once('>') else {
            // No further tag is closed: the rest is text.
            rest = &rest[at..];
            break;
        };
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        rest = match name.as_str() {
            "script" | "style" if !tag.starts_with('/') => after_closing(after, &name),
            _ => after,
        };
        text.push_str(match name.as_str() {
            "a" | "b" | "strong" | "i" | "em" | "u" | "span" | "font" | "small" | "sup" | "sub" => {
                ""
            }
            "td" | "th" => " ",
            _ => "\n",
        });
    }
    text.push_str(rest);
    text
}

/// Returns the text after the closing tag of that name; empty if there is none.
fn after_closing<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some((_, closing)) = rest.split_once("</") {
        let starts = closing
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name));
        if starts {
            return closing.split_once('>').map_or("", |(_, after)| after);
        }
        rest = closing;
    }
    ""
}

fn without_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        let entity = &rest[at + 1..];
        if let Some((characters, after)) = entity_at_start(entity) {
            decoded.push_str(&characters);
            rest = after;
        } else {
            decoded.push('&');
            rest = entity;
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The characters that Windows-1252 assigns to 0x80 to 0x9f.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Returns the characters that an entity of HTML 5 stands for, given without `&` and `;`.
fn characters_named(name: &str) -> Option<Cow<'static, str>> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Many writers use Windows-1252 code points in this range, which HTML allows.
        let character = match code {
            0x80..=0x9f => WINDOWS_1252.get(code as usize - 0x80).copied(),
            _ => char::from_u32(code),
        };
        return character.map(|character| Cow::Owned(character.to_string()));
    }
    CHARACTERS.get(name).copied().map(Cow::Borrowed)
}

/// The characters of each entity by its name. Forms without `;` are left out: browsers accept them
/// for old pages, but they occur in addresses (`?a=1&copy=2`).
static CHARACTERS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let named = ENTITIES.iter().filter_map(|entity| {
        let name = entity.entity.strip_prefix('&')?.strip_suffix(';')?;
        Some((name, entity.characters))
    });
    named.collect()
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CHARACTERS, LONGEST_NAME, plain_text};

    #[test]
    fn every_entity_of_html_5_is_decoded() {
        for (name, characters) in CHARACTERS.iter() {
            assert!(name.len() <= LONGEST_NAME, "{name}");
            assert_eq!(
                plain_text(&format!("x&{name};x")).trim(),
                format!("x{characters}x").trim()
            );
        }
        assert_eq!(CHARACTERS.len(), 2125, "as in the standard's table");
    }

    #[test]
    fn tags_and_entities_become_text() {
        for (html, text) in [
            (
                "<p>Vous&nbsp;êtes <b>d&eacute;veloppeur</b></p><ul><li>Rust<li>C &amp; C++</ul>",
                "Vous\u{a0}êtes développeur\nRust\nC & C++",
            ),
            ("a<script>x < y</script>b<style>p{}</STYLE>c", "a\nb\nc"),
            ("before<!-- a > b -->after", "beforeafter"),
            (
                "&lt;p&gt;Escaped &amp;amp; whole&lt;/p&gt;",
                "Escaped & whole",
            ),
            ("x < 5 && y > 3", "x < 5 && y > 3"),
            (
                "&#233;&#xe9;&#0;&#xd800;&unknown;&",
                "éé\0&#xd800;&unknown;&",
            ),
            (
                "R&amp;D, caf&eacute;, 3 &hairsp;&ddagger; &check; &NotEqualTilde; &COPY;",
                "R&D, café, 3 \u{200a}‡ ✓ ≂\u{338} ©",
            ),
            ("?a=1&copy=2 &amp", "?a=1&copy=2 &amp"),
            ("a <b", "a <b"),
            ("<br/>one<br>two", "one\ntwo"),
            ("<script>never closed", ""),
        ] {
            assert_eq!(plain_text(html), text, "{html:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(html in "(<|>|/|!--|-->|script|style|p|&|#|x|;|é| |\\PC){0,30}") {
            let _ = plain_text(&html);
        }
    }
}
