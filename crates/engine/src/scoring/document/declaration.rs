//! [`document`]: declares an object of result documents once, for writing, parsing and the schema.

/// Declares an object of result documents: its members in the order in which they are written, and
/// comments, which are the descriptions of its schema.
///
/// ```ignore
/// document! {
///     /// A licence that the posting asks for.
///     pub struct LicenceFact<'a> as "Licence" {
///         /// The name in the posting.
///         always name: Cow<'a, str>,
///         /// The outcome; null if it can't be told.
///         always outcome as "status": Option<KnockoutOutcome>,
///         /// The year of the licence; absent if no year is stated.
///         optional year: Option<i64>,
///         /// The finding, in one sentence.
///         always sentence: Statement<'_> = |fact, context| context.of_licence(fact),
///     }
/// }
/// ```
///
/// expands to
///
/// - `struct LicenceFact<'a> { pub name, pub outcome, pub year }`, which `serde` parses;
/// - its [`Members`](super::value::Members), which write
///   `{"name":"C1E","status":"met","sentence":"…"}`;
/// - its [`Value`](super::value::Value), with the schema `Licence`.
///
/// Each member begins with its kind:
///
/// | kind | meaning |
/// |---|---|
/// | `always` | is written always, as null if it is `None`; parsed documents must have it |
/// | `optional` | is left out if it is `None` or false, and may be absent from parsed documents |
/// | `unless(VALUE, "FUNCTION")` | is left out if it is this value, which the function returns |
/// | `list` | is the array of the derived values that an iterator yields |
/// | `flat` | is an object whose members are written in its place |
/// | `internal` | is neither written nor parsed |
///
/// A member with `= |object, context| expression` is derived when the document is written: it has
/// no field, and parsing ignores it. `as "name"` gives a member, or the schema of the object, a
/// name other than the one in Rust. `Debug`, `Clone`, `PartialEq` and `Deserialize` are derived
/// always. An object that isn't flat needs an `always` as its first member. `tests.rs` shows each
/// kind.
macro_rules! document {
    (
        $(#[doc = $description:literal])*
        $(#[derive($($derived:ident),+)])?
        pub struct $name:ident $(<$($parameter:tt),+>)? $(where $bounded:ident: $bound:ident)?
        $(as $schema:literal)?
        {
            $(
                $(#[doc = $about:literal])*
                $kind:ident $(($($left_out:tt)+))?
                $member:ident $(as $wire:literal)?: $type:ty
                $(= |$object:ident, $context:ident| $value:expr)?,
            )+
        }
    ) => {
        document! {
            @struct
            {
                $(#[doc = $description])*
                #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
                $(#[derive($($derived),+)])?
                pub struct $name $(<$($parameter),+>)? $(where $bounded: $bound)?
            }
            {}
            $({
                $(#[doc = $about])*
                $kind $(($($left_out)+))? $member ($($wire)?) $type $(= $value)?
            })+
        }

        const _: () = {
            use $crate::scoring::document::{
                Json,
                value::{Context, Members, ObjectSchema, Schemas, Value},
            };

            impl $(<$($parameter),+>)? Members for $name $(<$($parameter),+>)?
            $(where $bounded: $bound)?
            {
                fn write_members(
                    &self,
                    mut is_first: bool,
                    json: &mut Json,
                    context: &Context<'_, '_>,
                ) {
                    $(document! {
                        @write $kind $(($($left_out)+))?
                        (self is_first json context)
                        $member
                        (concat!(",\"", document!(@name $member $($wire)?), "\":"))
                        $(= |$object, $context| $value)?
                    })+
                    // No member reads what the last one assigned.
                    let _ = is_first;
                }

                fn describe_members(object: &mut ObjectSchema<'_>) {
                    $(document! {
                        @describe $kind
                        object
                        (document!(@name $member $($wire)?))
                        (&[$($about),*])
                        $type
                    })+
                }
            }

            impl $(<$($parameter),+>)? Value for $name $(<$($parameter),+>)?
            $(where $bounded: $bound)?
            {
                fn write(&self, json: &mut Json, context: &Context<'_, '_>) {
                    self.write_members(true, json, context);
                    json.raw("}");
                }

                fn schema(schemas: &mut Schemas) -> serde_json::Value {
                    schemas.object(
                        document!(@name $name $($schema)?),
                        &[$($description),*],
                        Self::describe_members,
                    )
                }
            }
        };
    };

    // Name in documents.
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $wire:literal) => { $wire };

    // The struct: takes the fields of the members, one after the other.
    (@struct { $($head:tt)* } { $($fields:tt)* }) => {
        $($head)* { $($fields)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        { $(#[$about:meta])* $kind:ident $member:ident $wire:tt $type:ty = $value:expr } $($rest:tt)*
    ) => {
        document! { @struct $head { $($fields)* } $($rest)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        { $(#[$about:meta])* always $member:ident ($($wire:literal)?) $type:ty } $($rest:tt)*
    ) => {
        document! { @struct $head {
            $($fields)*
            $(#[$about])*
            // A function of its own makes `serde` insist on an `Option`, too.
            #[serde(deserialize_with = "serde::Deserialize::deserialize" $(, rename = $wire)?)]
            pub $member: $type,
        } $($rest)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        { $(#[$about:meta])* optional $member:ident ($($wire:literal)?) $type:ty } $($rest:tt)*
    ) => {
        document! { @struct $head {
            $($fields)*
            $(#[$about])* #[serde(default $(, rename = $wire)?)] pub $member: $type,
        } $($rest)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        {
            $(#[$about:meta])* unless($value:path, $function:literal)
            $member:ident ($($wire:literal)?) $type:ty
        } $($rest:tt)*
    ) => {
        document! { @struct $head {
            $($fields)*
            $(#[$about])* #[serde(default = $function $(, rename = $wire)?)] pub $member: $type,
        } $($rest)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        { $(#[$about:meta])* flat $member:ident () $type:ty } $($rest:tt)*
    ) => {
        document! { @struct $head {
            $($fields)*
            $(#[$about])* #[serde(flatten)] pub $member: $type,
        } $($rest)* }
    };
    (@struct $head:tt { $($fields:tt)* }
        { $(#[$about:meta])* internal $member:ident () $type:ty } $($rest:tt)*
    ) => {
        document! { @struct $head {
            $($fields)*
            $(#[$about])* #[serde(skip)] pub $member: $type,
        } $($rest)* }
    };

    // The statements that write a member.
    (@write list ($this:ident $is_first:ident $json:ident $outer:ident) $member:ident ($name:expr)
        = |$object:ident, $context:ident| $value:expr
    ) => {
        let ($object, $context) = ($this, $outer);
        $json.name($is_first, $name);
        $is_first = false;
        $json.list($value, |json, item| Value::write(&item, json, $context));
    };
    (@write $kind:ident ($this:ident $is_first:ident $json:ident $outer:ident) $member:ident $name:tt
        = |$object:ident, $context:ident| $value:expr
    ) => {
        let ($object, $context) = ($this, $outer);
        let $member = $value;
        document! { @value $kind (&$member) ($is_first $json $outer) $name }
    };
    (@write flat ($this:ident $is_first:ident $json:ident $outer:ident) $member:ident $name:tt) => {
        Members::write_members(&$this.$member, $is_first, $json, $outer);
        $is_first = false;
    };
    (@write internal $names:tt $member:ident $name:tt) => {};
    (@write unless($value:path, $function:literal)
        ($this:ident $is_first:ident $json:ident $outer:ident) $member:ident $name:tt
    ) => {
        if $this.$member != $value {
            document! { @value always (&$this.$member) ($is_first $json $outer) $name }
        }
    };
    (@write $kind:ident ($this:ident $is_first:ident $json:ident $outer:ident)
        $member:ident $name:tt
    ) => {
        document! { @value $kind (&$this.$member) ($is_first $json $outer) $name }
    };
    (@value always ($value:expr) ($is_first:ident $json:ident $context:ident) ($name:expr)) => {
        $json.name($is_first, $name);
        $is_first = false;
        Value::write($value, $json, $context);
    };
    (@value optional ($value:expr) ($is_first:ident $json:ident $context:ident) ($name:expr)) => {
        if let Some(present) =
            $crate::scoring::document::value::Optional::value($value)
        {
            document! { @value always (present) ($is_first $json $context) ($name) }
        }
    };

    // The statement that adds a member to the schema.
    (@describe always $object:ident ($name:expr) ($about:expr) $type:ty) => {
        $object.member::<$type>($name, $about);
    };
    (@describe optional $object:ident ($name:expr) ($about:expr) $type:ty) => {
        $object.optional_member::<
            <$type as $crate::scoring::document::value::Optional>::Value
        >($name, $about);
    };
    (@describe list $object:ident ($name:expr) ($about:expr) $type:ty) => {
        $object.member::<Vec<$type>>($name, $about);
    };
    (@describe unless $object:ident ($name:expr) ($about:expr) $type:ty) => {
        $object.optional_member::<$type>($name, $about);
    };
    (@describe flat $object:ident ($name:expr) ($about:expr) $type:ty) => {
        <$type as Members>::describe_members($object);
    };
    (@describe internal $object:ident ($name:expr) ($about:expr) $type:ty) => {};
}
pub(in crate::scoring) use document;
