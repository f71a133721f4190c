-- What a return says that the invoice line is that it claims units of: another return may not say otherwise. Empty: written by a version before.
ALTER TABLE claims ADD COLUMN facts TEXT NOT NULL DEFAULT '';
-- Lists of returns, latest change first, are read from the index alone, whichever of these they are narrowed down by.
DROP INDEX IF EXISTS returns_updated_at;
CREATE INDEX IF NOT EXISTS returns_listed ON returns (updated_at, return_id, lifecycle, site, business_code);
