//! The fields by which somebody gets an account: in registration and in first set-up.

use tintype_service::{Ctx, Error, Registrations, registration::NewPerson};

use crate::form::Fields;

/// What the fields show.
#[derive(Debug, Clone)]
pub struct PersonForm {
    pub username: String,
    pub email: String,
    /// Why they want to join.
    pub reason: String,
    /// Whether somebody decides about whoever registers.
    pub approval: bool,
    pub shortest: usize,
    pub longest: usize,
    /// What was wrong, in words; empty at first.
    pub error: String,
    field: Option<&'static str>,
}

impl PersonForm {
    /// Empty fields.
    pub fn blank(ctx: &Ctx) -> Self {
        Self::filled(ctx, &Fields::default())
    }

    /// What somebody typed, but for the password.
    pub fn filled(ctx: &Ctx, fields: &Fields) -> Self {
        let lengths = &ctx.policy.limits.password_characters;
        Self {
            username: fields.text("username"),
            email: fields.text("email"),
            reason: fields.text("reason"),
            approval: ctx.policy.registrations == Registrations::Approval,
            shortest: *lengths.start(),
            longest: *lengths.end(),
            error: String::new(),
            field: None,
        }
    }

    /// Says what was wrong; errors that aren't about what was typed come back.
    pub fn explain(self, error: Error) -> Result<Self, Error> {
        match error {
            Error::Invalid(invalid) => Ok(Self { error: invalid.message, field: invalid.field, ..self }),
            other => Err(other),
        }
    }

    /// Whether the error is about this field.
    pub fn is_wrong(&self, field: &str) -> bool {
        self.field == Some(field)
    }
}

/// The person whom the fields describe.
pub fn person(fields: &Fields) -> NewPerson {
    NewPerson {
        username: fields.text("username"),
        email: fields.text("email"),
        password: fields.text("password"),
        reason: fields.filled("reason"),
        locale: None,
        agreement: fields.get("agreement").is_some(),
    }
}
