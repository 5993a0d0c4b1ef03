//! What the instance remembers of itself: its domain and its secrets, by name.

use crate::{Reader, Result, Tx};

impl Reader<'_> {
    /// A setting's value.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>> {
        const SQL: &str = "SELECT value FROM instance_settings WHERE name = $1";
        Ok(on!(self, c => sqlx::query_scalar(SQL).bind(name).fetch_optional(c).await)?)
    }
}

impl Tx {
    /// Sets a setting unless it is set; answers with what is set now.
    pub async fn setting_once(&mut self, name: &str, value: &str) -> Result<String> {
        const SQL: &str =
            "INSERT INTO instance_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        exec!(self, sqlx::query(SQL).bind(name).bind(value))?;
        Ok(self.read().setting(name).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Sets a setting.
    pub async fn set_setting(&mut self, name: &str, value: &str) -> Result<()> {
        const SQL: &str = "INSERT INTO instance_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        exec!(self, sqlx::query(SQL).bind(name).bind(value))?;
        Ok(())
    }

    /// Forgets a setting; whether there was one.
    pub async fn drop_setting(&mut self, name: &str) -> Result<bool> {
        const SQL: &str = "DELETE FROM instance_settings WHERE name = $1";
        Ok(exec!(self, sqlx::query(SQL).bind(name))? > 0)
    }
}
