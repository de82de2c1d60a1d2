//! Methods that change one thing and return the value.

/// Defines such methods. A row is `name(arguments) => change;`. In the changes the value has the name that stands before the rows.
macro_rules! setters {
    (const $vis:vis $it:ident: $($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) => $change:expr;)+) => {$(
        $(#[$meta])*
        $vis const fn $name(self, $($argument: $type),*) -> Self {
            let mut $it = self;
            $change;
            $it
        }
    )+};
    ($vis:vis $it:ident: $($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) => $change:expr;)+) => {$(
        $(#[$meta])*
        $vis fn $name(self, $($argument: $type),*) -> Self {
            let mut $it = self;
            $change;
            $it
        }
    )+};
}

pub(crate) use setters;
