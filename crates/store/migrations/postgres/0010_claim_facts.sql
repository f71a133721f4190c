-- What a return says that the invoice line is that it claims units of: another return may not say otherwise. Empty: written by a version before.
ALTER TABLE claims ADD COLUMN facts TEXT NOT NULL DEFAULT '';
