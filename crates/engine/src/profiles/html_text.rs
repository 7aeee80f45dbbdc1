//! The text of an HTML fragment, such as the description of a schema.org job posting.

/// Drops tags, comments, scripts and styles, and decodes entities. Tags that start a new line
/// become line breaks, and each line is trimmed. A fragment that was escaped as a whole
/// (`&lt;p&gt;`) is unwrapped once more. Any text may come in; what is no HTML comes out as it was.
pub(super) fn plain_text(html: &str) -> String {
    let stripped = without_tags(html);
    let mut text = without_entities(&stripped);
    if stripped.len() == html.len() && has_tag(&text) {
        text = without_entities(&without_tags(&text));
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

/// Whether `<` starts a tag here rather than meaning "less than".
fn opens_tag(after: &str) -> bool {
    after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
}

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
            // No tag ends any more: the rest is text.
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

/// What follows the closing tag of that name; nothing when there is none.
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
        // A name is short; looking further would make a row of `&` slow.
        let end = entity.bytes().take(12).position(|byte| byte == b';');
        if let Some((character, end)) =
            end.and_then(|end| Some((character_named(&entity[..end])?, end)))
        {
            decoded.push(character);
            rest = &entity[end + 1..];
        } else {
            decoded.push('&');
            rest = entity;
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The entities that French and English postings use; others stay as written.
fn character_named(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "eacute" => 'é',
        "Eacute" => 'É',
        "egrave" => 'è',
        "Egrave" => 'È',
        "ecirc" => 'ê',
        "Ecirc" => 'Ê',
        "euml" => 'ë',
        "agrave" => 'à',
        "Agrave" => 'À',
        "acirc" => 'â',
        "Acirc" => 'Â',
        "ccedil" => 'ç',
        "Ccedil" => 'Ç',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ocirc" => 'ô',
        "ouml" => 'ö',
        "ucirc" => 'û',
        "ugrave" => 'ù',
        "uuml" => 'ü',
        "oelig" => 'œ',
        "OElig" => 'Œ',
        "aelig" => 'æ',
        "euro" => '€',
        "pound" => '£',
        "rsquo" => '’',
        "lsquo" => '‘',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        "middot" => '·',
        "deg" => '°',
        "reg" => '®',
        "trade" => '™',
        "copy" => '©',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain_text;

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
            ("a <b", "a <b"),
            ("<br/>one<br>two", "one\ntwo"),
            ("<script>never closed", ""),
        ] {
            assert_eq!(plain_text(html), text, "{html:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_may_come_in(html in "(<|>|/|!--|-->|script|style|p|&|#|x|;|é| |\\PC){0,30}") {
            let _ = plain_text(&html);
        }
    }
}
