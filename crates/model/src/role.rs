//! What a local person may do on the instance.

text_enum! {
    /// Roles, highest first.
    pub enum Role {
        /// Runs the instance; created at first set-up.
        Owner = "owner",
        /// Everything but the owner's seat.
        Admin = "admin",
        /// Reports, suspensions, domains.
        Moderator = "moderator",
        /// Everybody else.
        Member = "member",
    }
}
