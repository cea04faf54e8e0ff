"""Reading what people type about support: needs (`needs`), schemes and files (`schemes`), rules as rows (`rules`)."""
