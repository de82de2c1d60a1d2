//! Types that are nothing but a schema with a name.

/// Declares types for `#[schemars(with = "…")]`, each with the JSON Schema of texts that other types hold.
macro_rules! named_schemas {
    ($($(#[$about:meta])* $visibility:vis $name:ident $schema:tt;)+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug)]
            $visibility struct $name;

            impl schemars::JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    schemars::json_schema!($schema)
                }
            }
        )+
    };
}

pub(crate) use named_schemas;
