-- espalier:owns row security public.category
ALTER TABLE "category" ENABLE ROW LEVEL SECURITY;
-- espalier:owns row security public.product
ALTER TABLE "product" ENABLE ROW LEVEL SECURITY;
-- espalier:owns row security public.shop_order
ALTER TABLE "shop_order" ENABLE ROW LEVEL SECURITY;
-- espalier:owns row security public.store
ALTER TABLE "store" ENABLE ROW LEVEL SECURITY;
-- espalier:owns policy public.category.tenant
CREATE POLICY "tenant" ON "category" AS PERMISSIVE FOR ALL TO PUBLIC USING ((store_id = (NULLIF(current_setting('shop.store_id'::text, true), ''::text))::uuid));
-- espalier:owns policy public.product.tenant
CREATE POLICY "tenant" ON "product" AS PERMISSIVE FOR ALL TO PUBLIC USING ((store_id = (NULLIF(current_setting('shop.store_id'::text, true), ''::text))::uuid));
-- espalier:owns policy public.shop_order.tenant
CREATE POLICY "tenant" ON "shop_order" AS PERMISSIVE FOR ALL TO PUBLIC USING ((store_id = (NULLIF(current_setting('shop.store_id'::text, true), ''::text))::uuid));
-- espalier:owns policy public.store.tenant
CREATE POLICY "tenant" ON "store" AS PERMISSIVE FOR ALL TO PUBLIC USING ((id = (NULLIF(current_setting('shop.store_id'::text, true), ''::text))::uuid));
