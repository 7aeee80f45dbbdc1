//! Contract types.

use super::{folded_text::fold, phrases::Phrases};

/// A contract type that a posting offers or a candidate wants, with its French names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContractType {
    /// Permanent: CDI.
    Permanent,
    /// Fixed term: CDD.
    FixedTerm,
    /// Through an agency: intérim.
    Temporary,
    /// Freelance, contractor, indépendant.
    Freelance,
    /// Internship: stage.
    Internship,
    /// Apprenticeship: alternance, apprentissage, professionnalisation.
    Apprenticeship,
    /// Seasonal: saisonnier.
    Seasonal,
    /// Volunteering: bénévolat, service civique, VIE.
    Volunteer,
}

impl ContractType {
    /// Returns the wire name, as profile documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::FixedTerm => "fixed_term",
            Self::Temporary => "temporary",
            Self::Freelance => "freelance",
            Self::Internship => "internship",
            Self::Apprenticeship => "apprenticeship",
            Self::Seasonal => "seasonal",
            Self::Volunteer => "volunteer",
        }
    }

    /// Reads the contract types that a text names, in text order and without repetition: « CDI ou
    /// CDD », "full-time permanent", `FULL_TIME`. Returns an empty list if the text states only
    /// working hours, and `None` if no word of it is known.
    ///
    /// ```
    /// use matching_engine::profiles::contract::ContractType::{self, *};
    /// assert_eq!(ContractType::named_in("CDI / CDD"), Some(vec![Permanent, FixedTerm]));
    /// assert_eq!(ContractType::named_in("temps plein"), Some(vec![]));
    /// assert_eq!(ContractType::named_in("yes"), None);
    /// ```
    #[must_use]
    pub fn named_in(text: &str) -> Option<Vec<Self>> {
        let folded = fold(text);
        let mut words = WORDS.find_all(&folded).peekable();
        words.peek()?;
        let mut contracts = Vec::new();
        for contract in words.filter_map(|(_, meaning)| meaning) {
            if !contracts.contains(&contract) {
                contracts.push(contract);
            }
        }
        Some(contracts)
    }
}

/// Words for contract types. `None` marks words that state only working hours or that nothing is
/// decided: a full-time job may be permanent or not.
const WORDS: Phrases<Option<ContractType>> = Phrases::sorted(&[
    ("agency", Some(ContractType::Temporary)),
    ("alternance", Some(ContractType::Apprenticeship)),
    ("alternant", Some(ContractType::Apprenticeship)),
    ("alternante", Some(ContractType::Apprenticeship)),
    ("alternants", Some(ContractType::Apprenticeship)),
    ("any", None),
    ("apprenti", Some(ContractType::Apprenticeship)),
    ("apprentice", Some(ContractType::Apprenticeship)),
    ("apprenticeship", Some(ContractType::Apprenticeship)),
    ("apprenticeships", Some(ContractType::Apprenticeship)),
    ("apprentie", Some(ContractType::Apprenticeship)),
    ("apprentis", Some(ContractType::Apprenticeship)),
    ("apprentissage", Some(ContractType::Apprenticeship)),
    ("auto entrepreneur", Some(ContractType::Freelance)),
    ("auto entreprise", Some(ContractType::Freelance)),
    ("autoentrepreneur", Some(ContractType::Freelance)),
    ("autoentreprise", Some(ContractType::Freelance)),
    ("autre", None),
    ("b2b", Some(ContractType::Freelance)),
    ("befristet", Some(ContractType::FixedTerm)),
    ("benevolat", Some(ContractType::Volunteer)),
    ("benevole", Some(ContractType::Volunteer)),
    ("benevoles", Some(ContractType::Volunteer)),
    ("casual", Some(ContractType::Temporary)),
    ("casual work", Some(ContractType::Temporary)),
    ("cdd", Some(ContractType::FixedTerm)),
    ("cdd d'insertion", Some(ContractType::FixedTerm)),
    ("cdd d'usage", Some(ContractType::FixedTerm)),
    ("cdd de remplacement", Some(ContractType::FixedTerm)),
    ("cdd saisonnier", Some(ContractType::Seasonal)),
    ("cddi", Some(ContractType::FixedTerm)),
    ("cddu", Some(ContractType::FixedTerm)),
    ("cdi", Some(ContractType::Permanent)),
    ("cdi cadre", Some(ContractType::Permanent)),
    ("cdi de chantier", Some(ContractType::Permanent)),
    ("cdi interimaire", Some(ContractType::Temporary)),
    ("cdi intermittent", Some(ContractType::Permanent)),
    ("cdi operation", Some(ContractType::Permanent)),
    ("cdi tempo", Some(ContractType::Permanent)),
    ("cdi temps plein", Some(ContractType::Permanent)),
    ("cdii", Some(ContractType::Permanent)),
    ("collaboration liberale", Some(ContractType::Freelance)),
    ("consultant freelance", Some(ContractType::Freelance)),
    ("consultant independant", Some(ContractType::Freelance)),
    ("contract", Some(ContractType::FixedTerm)),
    ("contractor", Some(ContractType::Freelance)),
    ("contractuel", Some(ContractType::FixedTerm)),
    ("contractuelle", Some(ContractType::FixedTerm)),
    ("contrat a duree determinee", Some(ContractType::FixedTerm)),
    (
        "contrat a duree indeterminee",
        Some(ContractType::Permanent),
    ),
    ("contrat d'alternance", Some(ContractType::Apprenticeship)),
    (
        "contrat d'apprentissage",
        Some(ContractType::Apprenticeship),
    ),
    ("contrat d'usage", Some(ContractType::FixedTerm)),
    (
        "contrat de professionnalisation",
        Some(ContractType::Apprenticeship),
    ),
    ("contrat pro", Some(ContractType::Apprenticeship)),
    ("contrat saisonnier", Some(ContractType::Seasonal)),
    ("cui", Some(ContractType::FixedTerm)),
    ("cui cae", Some(ContractType::FixedTerm)),
    ("duree determinee", Some(ContractType::FixedTerm)),
    ("duree indeterminee", Some(ContractType::Permanent)),
    ("emploi saisonnier", Some(ContractType::Seasonal)),
    ("extra", Some(ContractType::FixedTerm)),
    ("extras", Some(ContractType::FixedTerm)),
    ("fixed", Some(ContractType::FixedTerm)),
    ("fixed term", Some(ContractType::FixedTerm)),
    ("fonctionnaire", Some(ContractType::Permanent)),
    ("freelance", Some(ContractType::Freelance)),
    ("freelancer", Some(ContractType::Freelance)),
    ("full time", None),
    ("fulltime", None),
    ("gig", Some(ContractType::Freelance)),
    ("indefinite", Some(ContractType::Permanent)),
    ("independant", Some(ContractType::Freelance)),
    ("independante", Some(ContractType::Freelance)),
    ("independent contractor", Some(ContractType::Freelance)),
    ("indetermine", Some(ContractType::Permanent)),
    ("indifferent", None),
    ("industrial placement", Some(ContractType::Internship)),
    ("interim", Some(ContractType::Temporary)),
    ("interimaire", Some(ContractType::Temporary)),
    ("intermittent", Some(ContractType::FixedTerm)),
    ("intermittent du spectacle", Some(ContractType::FixedTerm)),
    ("intermittente", Some(ContractType::FixedTerm)),
    ("intern", Some(ContractType::Internship)),
    ("interns", Some(ContractType::Internship)),
    ("internship", Some(ContractType::Internship)),
    ("internships", Some(ContractType::Internship)),
    ("job d'ete", Some(ContractType::Seasonal)),
    ("job etudiant", Some(ContractType::FixedTerm)),
    ("jobs d'ete", Some(ContractType::Seasonal)),
    ("liberal", Some(ContractType::Freelance)),
    ("liberale", Some(ContractType::Freelance)),
    ("liberaux", Some(ContractType::Freelance)),
    ("limited term", Some(ContractType::FixedTerm)),
    ("maternity cover", Some(ContractType::FixedTerm)),
    ("mi temps", None),
    ("micro entrepreneur", Some(ContractType::Freelance)),
    ("micro entreprise", Some(ContractType::Freelance)),
    ("microentrepreneur", Some(ContractType::Freelance)),
    ("mission d'interim", Some(ContractType::Temporary)),
    ("mission interim", Some(ContractType::Temporary)),
    ("missions d'interim", Some(ContractType::Temporary)),
    ("open ended", Some(ContractType::Permanent)),
    ("other", None),
    ("parcours emploi competences", Some(ContractType::FixedTerm)),
    ("part time", None),
    ("parttime", None),
    ("pec", Some(ContractType::FixedTerm)),
    ("per diem", Some(ContractType::Temporary)),
    ("permanent", Some(ContractType::Permanent)),
    ("pige", Some(ContractType::Freelance)),
    ("pigiste", Some(ContractType::Freelance)),
    ("placement", Some(ContractType::Internship)),
    ("plein temps", None),
    ("portage", Some(ContractType::Freelance)),
    ("portage salarial", Some(ContractType::Freelance)),
    ("prestataire", Some(ContractType::Freelance)),
    ("prestation", Some(ContractType::Freelance)),
    ("profession liberale", Some(ContractType::Freelance)),
    ("professionnalisation", Some(ContractType::Apprenticeship)),
    ("regular", Some(ContractType::Permanent)),
    ("remplacement", Some(ContractType::FixedTerm)),
    ("remplacement ponctuel", Some(ContractType::Temporary)),
    ("saison", Some(ContractType::Seasonal)),
    ("saisonnier", Some(ContractType::Seasonal)),
    ("saisonniere", Some(ContractType::Seasonal)),
    ("saisonnieres", Some(ContractType::Seasonal)),
    ("saisonniers", Some(ContractType::Seasonal)),
    ("seasonal", Some(ContractType::Seasonal)),
    ("seasonal contract", Some(ContractType::Seasonal)),
    ("self employed", Some(ContractType::Freelance)),
    ("service civique", Some(ContractType::Volunteer)),
    ("sous traitance", Some(ContractType::Freelance)),
    ("stage", Some(ContractType::Internship)),
    ("stage alterne", Some(ContractType::Internship)),
    ("stage de fin d'etudes", Some(ContractType::Internship)),
    ("stages", Some(ContractType::Internship)),
    ("stagiaire", Some(ContractType::Internship)),
    ("stagiaires", Some(ContractType::Internship)),
    ("statut independant", Some(ContractType::Freelance)),
    ("statutaire", Some(ContractType::Permanent)),
    ("student job", Some(ContractType::FixedTerm)),
    ("summer job", Some(ContractType::Seasonal)),
    ("temp", Some(ContractType::Temporary)),
    ("temp to hire", Some(ContractType::Temporary)),
    ("temporary", Some(ContractType::Temporary)),
    ("temporary agency", Some(ContractType::Temporary)),
    ("temps complet", None),
    ("temps partiel", None),
    ("temps plein", None),
    ("term contract", Some(ContractType::FixedTerm)),
    ("titulaire", Some(ContractType::Permanent)),
    (
        "titulaire de la fonction publique",
        Some(ContractType::Permanent),
    ),
    ("tous", None),
    ("trainee", Some(ContractType::Internship)),
    ("traineeship", Some(ContractType::Internship)),
    ("travail temporaire", Some(ContractType::Temporary)),
    ("umbrella", Some(ContractType::Freelance)),
    ("unbefristet", Some(ContractType::Permanent)),
    ("v.i.e", Some(ContractType::Volunteer)),
    ("vacataire", Some(ContractType::Temporary)),
    ("vacataires", Some(ContractType::Temporary)),
    ("vacation", Some(ContractType::Temporary)),
    ("vacations", Some(ContractType::Temporary)),
    ("vendanges", Some(ContractType::Seasonal)),
    ("vie", Some(ContractType::Volunteer)),
    ("vie via", Some(ContractType::Volunteer)),
    ("volontaire", Some(ContractType::Volunteer)),
    ("volontariat", Some(ContractType::Volunteer)),
    ("volontariat international", Some(ContractType::Volunteer)),
    ("volunteer", Some(ContractType::Volunteer)),
    ("volunteering", Some(ContractType::Volunteer)),
    ("volunteering contract", Some(ContractType::Volunteer)),
    ("work placement", Some(ContractType::Internship)),
    ("work study", Some(ContractType::Apprenticeship)),
    ("wwoofing", Some(ContractType::Volunteer)),
]);

#[cfg(test)]
mod tests {
    use super::{ContractType, WORDS};
    use crate::profiles::phrases::assert_findable;

    #[test]
    fn words_are_parsed_as_contract_types() {
        use ContractType::{
            Apprenticeship, FixedTerm, Freelance, Internship, Permanent, Seasonal, Temporary,
            Volunteer,
        };
        for (text, contracts) in [
            ("CDI", vec![Permanent]),
            ("CDI temps plein", vec![Permanent]),
            ("full-time permanent", vec![Permanent]),
            ("permanent", vec![Permanent]),
            ("fixed_term", vec![FixedTerm]),
            ("CDD de 6 mois", vec![FixedTerm]),
            ("Intérim", vec![Temporary]),
            ("TEMPORARY", vec![Temporary]),
            ("Freelance / indépendant", vec![Freelance]),
            ("CONTRACTOR", vec![Freelance]),
            ("INTERN", vec![Internship]),
            ("Stage de fin d’études", vec![Internship]),
            ("Alternance", vec![Apprenticeship]),
            ("contrat d'apprentissage", vec![Apprenticeship]),
            ("CDD saisonnier", vec![Seasonal]),
            ("V.I.E.", vec![Volunteer]),
            ("CDI, CDD ou intérim", vec![Permanent, FixedTerm, Temporary]),
            ("PART_TIME", vec![]),
        ] {
            assert_eq!(ContractType::named_in(text), Some(contracts), "{text:?}");
        }
        for text in ["", "whatever", "3"] {
            assert_eq!(ContractType::named_in(text), None, "{text:?}");
        }
        assert_findable(&WORDS);
    }

    #[test]
    fn every_wire_name_round_trips() {
        for contract in ALL {
            assert_eq!(
                ContractType::named_in(contract.as_str()),
                Some(vec![contract])
            );
        }
    }

    const ALL: [ContractType; 8] = [
        ContractType::Permanent,
        ContractType::FixedTerm,
        ContractType::Temporary,
        ContractType::Freelance,
        ContractType::Internship,
        ContractType::Apprenticeship,
        ContractType::Seasonal,
        ContractType::Volunteer,
    ];
}
