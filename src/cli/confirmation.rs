//! Asks for confirmation before a command destroys something.

use std::io::{self, BufRead, IsTerminal, Write};

/// Returns true if the command may go on: `--yes` was given, nobody sits at a terminal to be asked,
/// or the answer is yes.
pub(super) fn confirm(question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes || !io::stdin().is_terminal() {
        return Ok(true);
    }
    Ok(ask(question, &mut io::stdin().lock(), &mut io::stderr())?)
}

/// Asks once. Anything but y or yes, in any case, is a no.
fn ask(question: &str, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<bool> {
    write!(output, "{question} [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(["y", "yes"]
        .iter()
        .any(|yes| answer.eq_ignore_ascii_case(yes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_explicit_yes_confirms() {
        let asked = |answer: &str| {
            let mut output = Vec::new();
            let confirmed = ask("Delete 3?", &mut answer.as_bytes(), &mut output).unwrap();
            assert_eq!(output, b"Delete 3? [y/N] ");
            confirmed
        };
        for answer in ["y\n", "yes\n", " YES \n", "Y"] {
            assert!(asked(answer), "{answer}");
        }
        for answer in ["", "\n", "n\n", "no\n", "yess\n"] {
            assert!(!asked(answer), "{answer}");
        }
    }
}
