-- A role that doesn't own the tables sees and writes only the rows of the store
-- it works for: SET shop.store_id = '<id>'. Without it, it sees none.

ALTER TABLE store ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON store
  USING (id = nullif(current_setting('shop.store_id', true), '')::uuid);

ALTER TABLE category ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON category
  USING (store_id = nullif(current_setting('shop.store_id', true), '')::uuid);

ALTER TABLE product ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON product
  USING (store_id = nullif(current_setting('shop.store_id', true), '')::uuid);

ALTER TABLE shop_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shop_order
  USING (store_id = nullif(current_setting('shop.store_id', true), '')::uuid);
