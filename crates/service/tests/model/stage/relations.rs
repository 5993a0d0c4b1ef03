//! Acts between two people: follows, their answers, blocks, mutes.

use super::*;

impl Scene<'_> {
    pub(super) async fn follow(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        let barred = self.world.blocks.contains(&(whom, who));
        // Whoever follows somebody they block has to take the block back first.
        if self.world.blocks.contains(&(who, whom)) {
            return Ok(());
        }
        if self.local(who) {
            let outcome = follows::follow(self.ctx, me, them, FollowOptions::default()).await;
            expect(outcome, !barred)?;
        } else {
            let uri = self.uri(who, "follows");
            self.arrives(who, Received::Follow { uri, target: them }).await?;
        }
        if barred {
            return Ok(());
        }
        let open = !self.world.people[whom].locked;
        let known = self.world.follows.get(&(who, whom)).copied();
        if known.is_none() {
            self.world.follows.insert((who, whom), open && self.local(whom));
        }
        // The other server answers at once.
        if !self.local(whom) && open && known.is_none() {
            self.arrives(whom, Received::Accept { follow_uri: None, follower: Some(me) }).await?;
            self.world.follows.insert((who, whom), true);
        }
        Ok(())
    }

    pub(super) async fn unfollow(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(follows::unfollow(self.ctx, me, them).await, true)?;
        } else {
            self.arrives(who, Received::Unfollow { uri: None, target: Some(them) }).await?;
        }
        self.world.follows.remove(&(who, whom));
        Ok(())
    }

    pub(super) async fn answer(&mut self, who: Person, whom: Person, yes: bool) -> Outcome {
        if self.world.follows.get(&(whom, who)) != Some(&false) {
            return Ok(());
        }
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) && yes {
            expect(follows::authorize(self.ctx, me, them).await, true)?;
        } else if self.local(who) {
            expect(follows::reject(self.ctx, me, them).await, true)?;
        } else {
            let (follow_uri, follower) = (None, Some(them));
            let answer = if yes {
                Received::Accept { follow_uri, follower }
            } else {
                Received::Reject { follow_uri, follower }
            };
            self.arrives(who, answer).await?;
        }
        if yes {
            self.world.follows.insert((whom, who), true);
        } else {
            self.world.follows.remove(&(whom, who));
        }
        Ok(())
    }

    pub(super) async fn block(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(blocks::block(self.ctx, me, them).await, true)?;
        } else {
            let uri = self.uri(who, "blocks");
            self.arrives(who, Received::Block { uri, target: them }).await?;
        }
        self.world.blocks.insert((who, whom));
        self.world.sever(who, whom);
        Ok(())
    }

    pub(super) async fn unblock(&mut self, who: Person, whom: Person) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if self.local(who) {
            expect(blocks::unblock(self.ctx, me, them).await, true)?;
        } else {
            self.arrives(who, Received::Unblock { uri: None, target: Some(them) }).await?;
        }
        self.world.blocks.remove(&(who, whom));
        Ok(())
    }

    pub(super) async fn mute(&mut self, who: Person, whom: Person, mute: bool) -> Outcome {
        let (me, them) = (self.people[who].id, self.people[whom].id);
        if mute {
            let options = MuteOptions { notifications: None, duration: Some(Duration::from_hours(1)) };
            expect(mutes::mute(self.ctx, me, them, options).await, true)?;
            self.world.mutes.insert((who, whom));
        } else {
            expect(mutes::unmute(self.ctx, me, them).await, true)?;
            self.world.mutes.remove(&(who, whom));
        }
        Ok(())
    }
}
