"""Reading what people type about support: schemes and files (`schemes`), and rules as rows of conditions (`rules`)."""
