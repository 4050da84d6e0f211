CREATE TABLE login_throttle (
	key_digest VARCHAR(64) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	tries BIGINT NOT NULL, 
	tried_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_login_throttle PRIMARY KEY (key_digest), 
	CONSTRAINT ck_login_throttle_kind_known CHECK (kind IN ('account', 'address')), 
	CONSTRAINT ck_login_throttle_tries_counted CHECK (tries >= 0)
)
-- next
CREATE INDEX ix_login_throttle_tried_at ON login_throttle (tried_at)
-- next
CREATE TABLE community (
	id BIGSERIAL NOT NULL, 
	code VARCHAR(8) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	subdistrict VARCHAR(40) NOT NULL, 
	phone VARCHAR(20) NOT NULL, 
	product_name VARCHAR(20) NOT NULL, 
	points_unit VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_community PRIMARY KEY (id), 
	CONSTRAINT uq_community_code UNIQUE (code)
)
-- next
CREATE TABLE ledger_delta (
	id BIGSERIAL NOT NULL, 
	account_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	debits BIGINT NOT NULL, 
	credits BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_delta PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_delta_not_negative CHECK (debits >= 0 AND credits >= 0)
)
-- next
CREATE INDEX ix_ledger_delta_account_id ON ledger_delta (account_id)
-- next
CREATE TABLE request_key (
	actor_key VARCHAR(80) NOT NULL, 
	key UUID NOT NULL, 
	endpoint VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	status BIGINT NOT NULL, 
	content_type VARCHAR(80) NOT NULL, 
	location VARCHAR(2000), 
	answer TEXT NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_request_key PRIMARY KEY (actor_key, key)
)
-- next
CREATE TABLE file_content (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	content BYTEA NOT NULL, 
	CONSTRAINT pk_file_content PRIMARY KEY (id), 
	CONSTRAINT uq_file_content_community_id_sha256 UNIQUE (community_id, sha256), 
	CONSTRAINT ck_file_content_size_in_bounds CHECK (size_bytes > 0 AND size_bytes <= 5242880), 
	CONSTRAINT fk_file_content_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE care_benefit_switch (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	is_off BOOLEAN NOT NULL, 
	reason TEXT NOT NULL, 
	set_by VARCHAR(80) NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_benefit_switch PRIMARY KEY (id), 
	CONSTRAINT ck_care_benefit_switch_reason_given CHECK (reason <> ''), 
	CONSTRAINT fk_care_benefit_switch_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_care_benefit_switch_community_id_id ON care_benefit_switch (community_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_benefit_switch_no_change BEFORE UPDATE OR DELETE ON care_benefit_switch
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_benefit_switch_no_truncate BEFORE TRUNCATE ON care_benefit_switch
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE grid (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_grid PRIMARY KEY (id), 
	CONSTRAINT uq_grid_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_grid_number_positive CHECK (number >= 1), 
	CONSTRAINT fk_grid_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE organisation (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	contact VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_organisation PRIMARY KEY (id), 
	CONSTRAINT uq_organisation_community_id_kind_name UNIQUE (community_id, kind, name), 
	CONSTRAINT ck_organisation_kind_known CHECK (kind IN ('cooperative', 'company', 'property_firm', 'care_centre', 'canteen', 'police_room', 'department', 'committee')), 
	CONSTRAINT fk_organisation_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE import_batch (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	file_name VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	content TEXT, 
	new_count BIGINT NOT NULL, 
	changed_count BIGINT NOT NULL, 
	unchanged_count BIGINT NOT NULL, 
	wrong_count BIGINT NOT NULL, 
	staged_by TEXT NOT NULL, 
	staged_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_import_batch PRIMARY KEY (id), 
	CONSTRAINT ck_import_batch_kind_known CHECK (kind IN ('places', 'people', 'roles', 'organisations')), 
	CONSTRAINT ck_import_batch_state_known CHECK (state IN ('staged', 'confirmed', 'discarded')), 
	CONSTRAINT ck_import_batch_content_while_staged CHECK ((state = 'staged') = (content IS NOT NULL)), 
	CONSTRAINT ck_import_batch_settled_once CHECK ((state = 'staged') = (settled_at IS NULL)), 
	CONSTRAINT fk_import_batch_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_import_batch_community_id ON import_batch (community_id)
-- next
CREATE TABLE ledger_book (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	code VARCHAR(60) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_book PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_book_community_id_code UNIQUE (community_id, code), 
	CONSTRAINT uq_ledger_book_id_community_id UNIQUE (id, community_id), 
	CONSTRAINT ck_ledger_book_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_book_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE service_kind (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	code VARCHAR(32) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	description TEXT NOT NULL, 
	is_risky BOOLEAN NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_service_kind PRIMARY KEY (id), 
	CONSTRAINT uq_service_kind_community_id_code UNIQUE (community_id, code), 
	CONSTRAINT uq_service_kind_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_service_kind_named CHECK (length(code) > 0 AND length(name) > 0), 
	CONSTRAINT fk_service_kind_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE brought_source (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	key VARCHAR(180) NOT NULL, 
	added_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	added_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_brought_source PRIMARY KEY (id), 
	CONSTRAINT uq_brought_source_once UNIQUE (community_id, key), 
	CONSTRAINT uq_brought_source_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_brought_source_key_said CHECK (length(key) > 0), 
	CONSTRAINT fk_brought_source_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER brought_source_no_change BEFORE UPDATE OR DELETE ON brought_source
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER brought_source_no_truncate BEFORE TRUNCATE ON brought_source
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE ledger_block (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	leaves BIGINT NOT NULL, 
	root BYTEA NOT NULL, 
	previous_head BYTEA, 
	head BYTEA NOT NULL, 
	sealed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_ledger_block PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_block_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_ledger_block_number CHECK (number >= 1), 
	CONSTRAINT ck_ledger_block_leaves CHECK (leaves >= 1), 
	CONSTRAINT ck_ledger_block_chained CHECK ((number = 1) = (previous_head IS NULL)), 
	CONSTRAINT ck_ledger_block_root_length CHECK (length(root) = 32), 
	CONSTRAINT ck_ledger_block_head_length CHECK (length(head) = 32), 
	CONSTRAINT ck_ledger_block_sealed_at_moment CHECK (sealed_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT fk_ledger_block_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE hours_month (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	kind_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	age_group VARCHAR(8) NOT NULL, 
	minutes BIGINT NOT NULL, 
	services BIGINT NOT NULL, 
	people BIGINT NOT NULL, 
	CONSTRAINT pk_hours_month PRIMARY KEY (id), 
	CONSTRAINT fk_hours_month_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_hours_month ON hours_month (community_id, month_on)
-- next
CREATE TABLE volunteer_month (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	minutes BIGINT NOT NULL, 
	services BIGINT NOT NULL, 
	approvals BIGINT NOT NULL, 
	CONSTRAINT pk_volunteer_month PRIMARY KEY (id), 
	CONSTRAINT fk_volunteer_month_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_volunteer_month ON volunteer_month (community_id, month_on)
-- next
CREATE INDEX ix_volunteer_month_centre ON volunteer_month (centre_id, month_on)
-- next
CREATE INDEX ix_volunteer_month_grid ON volunteer_month (grid_id, month_on)
-- next
CREATE TABLE pair_month (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	recipient_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	minutes BIGINT NOT NULL, 
	services BIGINT NOT NULL, 
	CONSTRAINT pk_pair_month PRIMARY KEY (id), 
	CONSTRAINT fk_pair_month_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_pair_month ON pair_month (community_id, month_on)
-- next
CREATE INDEX ix_pair_month_centre ON pair_month (centre_id, month_on)
-- next
CREATE INDEX ix_pair_month_grid ON pair_month (grid_id, month_on)
-- next
CREATE INDEX ix_pair_month_volunteer ON pair_month (volunteer_id, month_on)
-- next
CREATE TABLE volunteer_through (
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	minutes INTEGER NOT NULL, 
	services INTEGER NOT NULL, 
	approvals INTEGER NOT NULL, 
	pair_minutes INTEGER NOT NULL, 
	CONSTRAINT pk_volunteer_through PRIMARY KEY (community_id, month_on, volunteer_id), 
	CONSTRAINT fk_volunteer_through_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE volunteer_back (
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	grid_id BIGINT NOT NULL, 
	previous_on DATE NOT NULL, 
	people INTEGER NOT NULL, 
	CONSTRAINT pk_volunteer_back PRIMARY KEY (community_id, month_on, grid_id, previous_on), 
	CONSTRAINT ck_volunteer_back_came_before CHECK (previous_on < month_on), 
	CONSTRAINT fk_volunteer_back_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE hours_rolled (
	community_id BIGINT NOT NULL, 
	before_on DATE NOT NULL, 
	through_id BIGINT, 
	CONSTRAINT pk_hours_rolled PRIMARY KEY (community_id), 
	CONSTRAINT fk_hours_rolled_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE care_offline_key (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	private TEXT NOT NULL, 
	public VARCHAR(200) NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_offline_key PRIMARY KEY (id), 
	CONSTRAINT uq_care_offline_key_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_care_offline_key_number_fits CHECK (number BETWEEN 1 AND 255), 
	CONSTRAINT fk_care_offline_key_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE job (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT, 
	name VARCHAR(60) NOT NULL, 
	key VARCHAR(160) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	tries BIGINT NOT NULL, 
	run_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	lease_until TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	last_error VARCHAR(500), 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT ck_job_state_known CHECK (state IN ('queued', 'running', 'done', 'parked')), 
	CONSTRAINT ck_job_tries_counted CHECK (tries >= 0), 
	CONSTRAINT ck_job_lease_if_running CHECK ((state = 'running') = (lease_until IS NOT NULL)), 
	CONSTRAINT fk_job_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_job_key UNIQUE (key)
)
-- next
CREATE INDEX ix_job_state_run_at_id ON job (state, run_at, id)
-- next
CREATE TABLE case_counter (
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	last_number BIGINT NOT NULL, 
	CONSTRAINT pk_case_counter PRIMARY KEY (community_id, year), 
	CONSTRAINT ck_case_counter_last_number_not_negative CHECK (last_number >= 0), 
	CONSTRAINT fk_case_counter_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE case_department (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	duty VARCHAR(120) NOT NULL, 
	contact VARCHAR(40) NOT NULL, 
	phone VARCHAR(20) NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_case_department PRIMARY KEY (id), 
	CONSTRAINT uq_case_department_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_case_department_named CHECK (length(name) > 0), 
	CONSTRAINT fk_case_department_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE quorum_rule (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	version BIGINT NOT NULL, 
	share_permille BIGINT NOT NULL, 
	heads_min BIGINT NOT NULL, 
	sides_min BIGINT NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_quorum_rule PRIMARY KEY (id), 
	CONSTRAINT uq_quorum_rule_community_id_kind_version UNIQUE (community_id, kind, version), 
	CONSTRAINT ck_quorum_rule_kind_known CHECK (kind IN ('hall', 'joint', 'hearing')), 
	CONSTRAINT ck_quorum_rule_share_bounded CHECK (share_permille BETWEEN 1 AND 1000), 
	CONSTRAINT ck_quorum_rule_least_bounded CHECK (heads_min >= 1 AND sides_min BETWEEN 1 AND 6), 
	CONSTRAINT fk_quorum_rule_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER quorum_rule_no_change BEFORE UPDATE OR DELETE ON quorum_rule
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER quorum_rule_no_truncate BEFORE TRUNCATE ON quorum_rule
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE answer_term (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	days BIGINT NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_answer_term PRIMARY KEY (id), 
	CONSTRAINT uq_answer_term_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_answer_term_days_bounded CHECK (days BETWEEN 1 AND 90), 
	CONSTRAINT fk_answer_term_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER answer_term_no_change BEFORE UPDATE OR DELETE ON answer_term
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER answer_term_no_truncate BEFORE TRUNCATE ON answer_term
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_months_kept (
	community_id BIGINT NOT NULL, 
	kept_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_case_id BIGINT NOT NULL, 
	is_ready BOOLEAN NOT NULL, 
	CONSTRAINT pk_case_months_kept PRIMARY KEY (community_id), 
	CONSTRAINT ck_case_months_kept_begins_at_none CHECK (last_case_id >= 0), 
	CONSTRAINT fk_case_months_kept_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE certificate_issuer (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	issuer_name VARCHAR(40) NOT NULL, 
	seal_place VARCHAR(40) NOT NULL, 
	contact VARCHAR(40) NOT NULL, 
	publicity_days BIGINT NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_certificate_issuer PRIMARY KEY (id), 
	CONSTRAINT uq_certificate_issuer_community_id UNIQUE (community_id), 
	CONSTRAINT ck_certificate_issuer_named CHECK (length(issuer_name) > 0), 
	CONSTRAINT ck_certificate_issuer_days_in_range CHECK (publicity_days BETWEEN 0 AND 60), 
	CONSTRAINT fk_certificate_issuer_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE passbook_layout (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_by_name VARCHAR(80) NOT NULL, 
	lines_per_page BIGINT NOT NULL, 
	pages BIGINT NOT NULL, 
	top_tenths_mm BIGINT NOT NULL, 
	left_tenths_mm BIGINT NOT NULL, 
	line_tenths_mm BIGINT NOT NULL, 
	fold_after_line BIGINT NOT NULL, 
	fold_tenths_mm BIGINT NOT NULL, 
	CONSTRAINT pk_passbook_layout PRIMARY KEY (id), 
	CONSTRAINT uq_passbook_layout_community_id UNIQUE (community_id), 
	CONSTRAINT ck_passbook_layout_lines_in_range CHECK (lines_per_page BETWEEN 4 AND 40), 
	CONSTRAINT ck_passbook_layout_pages_in_range CHECK (pages BETWEEN 1 AND 60), 
	CONSTRAINT ck_passbook_layout_lines_apart CHECK (line_tenths_mm > 0 AND top_tenths_mm >= 0), 
	CONSTRAINT ck_passbook_layout_within_sheet CHECK (left_tenths_mm >= 0 AND fold_tenths_mm >= 0), 
	CONSTRAINT ck_passbook_layout_fold_in_page CHECK (fold_after_line BETWEEN 0 AND lines_per_page), 
	CONSTRAINT fk_passbook_layout_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE hours_pool (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	purpose TEXT NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opened_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_hours_pool PRIMARY KEY (id), 
	CONSTRAINT uq_hours_pool_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_hours_pool_named CHECK (length(name) > 0), 
	CONSTRAINT fk_hours_pool_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE clearing_pair (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	high_id BIGINT NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_clearing_pair PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_pair_community_id_high_id UNIQUE (community_id, high_id), 
	CONSTRAINT ck_clearing_pair_low_before_high CHECK (community_id < high_id), 
	CONSTRAINT fk_clearing_pair_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_pair_high_id_community FOREIGN KEY(high_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_clearing_pair_high_id ON clearing_pair (high_id)
-- next
CREATE FUNCTION clearing_pair_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.high_id::text IS DISTINCT FROM OLD.high_id::text OR NEW.opened_at::text IS DISTINCT FROM OLD.opened_at::text)) THEN
    RAISE EXCEPTION 'clearing_pair_fixed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_pair_guard BEFORE INSERT OR UPDATE ON clearing_pair FOR EACH ROW EXECUTE FUNCTION clearing_pair_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_pair_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_pair_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_pair_kept_delete BEFORE DELETE ON clearing_pair FOR EACH ROW EXECUTE FUNCTION clearing_pair_kept()
-- next
CREATE TRIGGER clearing_pair_kept_truncate BEFORE TRUNCATE ON clearing_pair FOR EACH STATEMENT EXECUTE FUNCTION clearing_pair_kept()
-- next
CREATE TABLE spot_draw (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	week_on DATE NOT NULL, 
	seed VARCHAR(64) NOT NULL, 
	percent BIGINT NOT NULL, 
	least BIGINT NOT NULL, 
	candidates BIGINT NOT NULL, 
	drawn BIGINT NOT NULL, 
	drawn_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_spot_draw PRIMARY KEY (id), 
	CONSTRAINT uq_spot_draw_community_id_week_on UNIQUE (community_id, week_on), 
	CONSTRAINT ck_spot_draw_drawn_of_candidates CHECK (drawn BETWEEN 0 AND candidates), 
	CONSTRAINT ck_spot_draw_seed_long CHECK (length(seed) >= 32), 
	CONSTRAINT fk_spot_draw_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER spot_draw_no_change BEFORE UPDATE OR DELETE ON spot_draw
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER spot_draw_no_truncate BEFORE TRUNCATE ON spot_draw
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_centre (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	organisation_id BIGINT, 
	name VARCHAR(40) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	address VARCHAR(80) NOT NULL, 
	phone VARCHAR(20) NOT NULL, 
	open_text VARCHAR(60) DEFAULT '' NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_care_centre PRIMARY KEY (id), 
	CONSTRAINT uq_care_centre_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_care_centre_kind_known CHECK (kind IN ('centre', 'canteen')), 
	CONSTRAINT fk_care_centre_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_centre_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id)
)
-- next
CREATE INDEX ix_care_centre_community_id ON care_centre (community_id)
-- next
CREATE INDEX ix_care_centre_organisation_id ON care_centre (organisation_id)
-- next
CREATE TABLE building (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	grid_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_building PRIMARY KEY (id), 
	CONSTRAINT uq_building_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT uq_building_id_grid_id UNIQUE (id, grid_id), 
	CONSTRAINT ck_building_number_positive CHECK (number >= 1), 
	CONSTRAINT fk_building_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_building_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id)
)
-- next
CREATE INDEX ix_building_grid_id ON building (grid_id)
-- next
CREATE TABLE case_month (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	side VARCHAR(12) NOT NULL, 
	grid_id BIGINT NOT NULL, 
	key VARCHAR(24) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	counts JSON NOT NULL, 
	respond BYTEA NOT NULL, 
	claim BYTEA NOT NULL, 
	resolve BYTEA NOT NULL, 
	feed_back BYTEA NOT NULL, 
	CONSTRAINT pk_case_month PRIMARY KEY (id), 
	CONSTRAINT uq_case_month_community_id_month_on_side_grid_id_key UNIQUE (community_id, month_on, side, grid_id, key), 
	CONSTRAINT ck_case_month_side_known CHECK (side IN ('grid', 'micro_grid', 'source', 'category', 'holder', 'department', 'month')), 
	CONSTRAINT ck_case_month_key_said CHECK (length(key) > 0), 
	CONSTRAINT fk_case_month_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_month_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id)
)
-- next
CREATE INDEX ix_case_month_grid_id ON case_month (grid_id)
-- next
CREATE TABLE clearing_freeze (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	frozen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	frozen_by_name VARCHAR(80) NOT NULL, 
	lifted_at TIMESTAMP WITH TIME ZONE, 
	lifted_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_clearing_freeze PRIMARY KEY (id), 
	CONSTRAINT ck_clearing_freeze_has_reason CHECK (length(reason) > 0), 
	CONSTRAINT fk_clearing_freeze_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_freeze_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id)
)
-- next
CREATE INDEX ix_clearing_freeze_pair_id ON clearing_freeze (pair_id)
-- next
CREATE UNIQUE INDEX uq_clearing_freeze_open ON clearing_freeze (pair_id, community_id) WHERE lifted_at IS NULL
-- next
CREATE FUNCTION clearing_freeze_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.lifted_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_freeze_lifted' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.pair_id::text IS DISTINCT FROM OLD.pair_id::text OR NEW.reason::text IS DISTINCT FROM OLD.reason::text OR NEW.frozen_at::text IS DISTINCT FROM OLD.frozen_at::text OR NEW.frozen_by_name::text IS DISTINCT FROM OLD.frozen_by_name::text)) THEN
    RAISE EXCEPTION 'clearing_freeze_fixed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.lifted_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_freeze_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id AND NEW.community_id IN (p.community_id, p.high_id))) THEN
    RAISE EXCEPTION 'clearing_freeze_of_pair' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_freeze_guard BEFORE INSERT OR UPDATE ON clearing_freeze FOR EACH ROW EXECUTE FUNCTION clearing_freeze_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_freeze_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_freeze_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_freeze_kept_delete BEFORE DELETE ON clearing_freeze FOR EACH ROW EXECUTE FUNCTION clearing_freeze_kept()
-- next
CREATE TRIGGER clearing_freeze_kept_truncate BEFORE TRUNCATE ON clearing_freeze FOR EACH STATEMENT EXECUTE FUNCTION clearing_freeze_kept()
-- next
CREATE TABLE care_service (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	service_class VARCHAR(20) NOT NULL, 
	description TEXT NOT NULL, 
	place_text VARCHAR(60) NOT NULL, 
	unit VARCHAR(8) NOT NULL, 
	duration_minutes BIGINT NOT NULL, 
	day_capacity BIGINT, 
	person_day_limit BIGINT NOT NULL, 
	needs_booking BOOLEAN NOT NULL, 
	is_benefit BOOLEAN NOT NULL, 
	age_min BIGINT, 
	for_classes BIGINT DEFAULT '0' NOT NULL, 
	delivery VARCHAR(12) NOT NULL, 
	kind_id BIGINT, 
	is_active BOOLEAN NOT NULL, 
	position BIGINT NOT NULL, 
	weekdays BIGINT DEFAULT '127' NOT NULL, 
	weekdays_from DATE, 
	CONSTRAINT pk_care_service PRIMARY KEY (id), 
	CONSTRAINT uq_care_service_centre_id_name UNIQUE (centre_id, name), 
	CONSTRAINT ck_care_service_class_known CHECK (service_class IN ('meal', 'bath', 'cleaning', 'emergency', 'medical', 'grooming', 'company', 'escort', 'culture', 'health_talk', 'legal_aid', 'fraud_prevention')), 
	CONSTRAINT ck_care_service_duration_in_a_day CHECK (duration_minutes BETWEEN 1 AND 1440), 
	CONSTRAINT ck_care_service_capacity_not_negative CHECK (day_capacity IS NULL OR day_capacity >= 0), 
	CONSTRAINT ck_care_service_day_limit_sensible CHECK (person_day_limit BETWEEN 1 AND 99), 
	CONSTRAINT ck_care_service_age_sensible CHECK (age_min BETWEEN 1 AND 120), 
	CONSTRAINT ck_care_service_delivery_known CHECK (delivery IN ('at_centre', 'by_provider', 'by_volunteer')), 
	CONSTRAINT ck_care_service_weekdays_known CHECK (weekdays BETWEEN 1 AND 127), 
	CONSTRAINT ck_care_service_classes_known CHECK (for_classes BETWEEN 0 AND 63), 
	CONSTRAINT ck_care_service_volunteers_need_a_kind CHECK ((delivery = 'by_volunteer') = (kind_id IS NOT NULL)), 
	CONSTRAINT ck_care_service_home_is_booked CHECK (delivery = 'at_centre' OR needs_booking), 
	CONSTRAINT ck_care_service_help_is_no_benefit CHECK (delivery <> 'by_volunteer' OR NOT is_benefit), 
	CONSTRAINT fk_care_service_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_service_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_service_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id)
)
-- next
CREATE INDEX ix_care_service_community_id ON care_service (community_id)
-- next
CREATE INDEX ix_care_service_kind_id ON care_service (kind_id)
-- next
CREATE FUNCTION care_service_help_is_free() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.delivery = 'by_volunteer' AND EXISTS (SELECT 1 FROM care_price p WHERE p.service_id = NEW.id AND p.money_note_fen > 0) THEN RAISE EXCEPTION 'care_service_help_is_free' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_service_help_is_free BEFORE UPDATE ON care_service FOR EACH ROW EXECUTE FUNCTION care_service_help_is_free()
-- next
CREATE TABLE care_till (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	name VARCHAR(20) NOT NULL, 
	lock_minutes BIGINT NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_care_till PRIMARY KEY (id), 
	CONSTRAINT uq_care_till_centre_id_number UNIQUE (centre_id, number), 
	CONSTRAINT uq_care_till_id_centre_id UNIQUE (id, centre_id), 
	CONSTRAINT ck_care_till_number_sensible CHECK (number BETWEEN 1 AND 99), 
	CONSTRAINT ck_care_till_locks_soon CHECK (lock_minutes BETWEEN 1 AND 60), 
	CONSTRAINT fk_care_till_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_till_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id)
)
-- next
CREATE INDEX ix_care_till_community_id ON care_till (community_id)
-- next
CREATE TABLE care_counter_rules (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	person_day_minutes_max BIGINT NOT NULL, 
	undo_alone_minutes_max BIGINT NOT NULL, 
	may_sign_alone BOOLEAN NOT NULL, 
	set_by VARCHAR(80) NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_counter_rules PRIMARY KEY (id), 
	CONSTRAINT uq_care_counter_rules_centre_id_version UNIQUE (centre_id, version), 
	CONSTRAINT ck_care_counter_rules_undo_limit_not_negative CHECK (undo_alone_minutes_max >= 0), 
	CONSTRAINT ck_care_counter_rules_day_limit_sensible CHECK (person_day_minutes_max BETWEEN 1 AND 100000), 
	CONSTRAINT fk_care_counter_rules_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_counter_rules_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id)
)
-- next
CREATE INDEX ix_care_counter_rules_community_id ON care_counter_rules (community_id)
-- next
CREATE TABLE slip_counter (
	centre_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	community_id BIGINT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_slip_counter PRIMARY KEY (centre_id, on_day), 
	CONSTRAINT fk_slip_counter_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_slip_counter_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_slip_counter_community_id ON slip_counter (community_id)
-- next
CREATE TABLE micro_grid (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	grid_id BIGINT NOT NULL, 
	building_id BIGINT NOT NULL, 
	unit_no BIGINT NOT NULL, 
	CONSTRAINT pk_micro_grid PRIMARY KEY (id), 
	CONSTRAINT fk_micro_grid_building_id_grid_id_building FOREIGN KEY(building_id, grid_id) REFERENCES building (id, grid_id) ON UPDATE CASCADE, 
	CONSTRAINT uq_micro_grid_building_id_unit_no UNIQUE (building_id, unit_no), 
	CONSTRAINT ck_micro_grid_unit_no_positive CHECK (unit_no >= 1), 
	CONSTRAINT fk_micro_grid_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_micro_grid_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id)
)
-- next
CREATE INDEX ix_micro_grid_community_id ON micro_grid (community_id)
-- next
CREATE INDEX ix_micro_grid_grid_id ON micro_grid (grid_id)
-- next
CREATE TABLE care_price (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	money_note_fen BIGINT, 
	valid_from DATE NOT NULL, 
	CONSTRAINT pk_care_price PRIMARY KEY (id), 
	CONSTRAINT uq_care_price_service_id_version UNIQUE (service_id, version), 
	CONSTRAINT uq_care_price_service_id_valid_from UNIQUE (service_id, valid_from), 
	CONSTRAINT ck_care_price_minutes_positive CHECK (minutes BETWEEN 1 AND 100000), 
	CONSTRAINT ck_care_price_money_not_negative CHECK (money_note_fen IS NULL OR money_note_fen >= 0), 
	CONSTRAINT fk_care_price_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_price_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id)
)
-- next
CREATE INDEX ix_care_price_community_id ON care_price (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_price_no_change BEFORE UPDATE OR DELETE ON care_price
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_price_no_truncate BEFORE TRUNCATE ON care_price
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION care_price_help_is_free() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.money_note_fen > 0 AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.delivery = 'by_volunteer') THEN RAISE EXCEPTION 'care_price_help_is_free' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_price_help_is_free BEFORE INSERT ON care_price FOR EACH ROW EXECUTE FUNCTION care_price_help_is_free()
-- next
CREATE TABLE care_day (
	service_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	community_id BIGINT NOT NULL, 
	taken BIGINT NOT NULL, 
	capacity BIGINT, 
	queued BIGINT NOT NULL, 
	CONSTRAINT pk_care_day PRIMARY KEY (service_id, on_day), 
	CONSTRAINT ck_care_day_taken_not_negative CHECK (taken >= 0), 
	CONSTRAINT ck_care_day_taken_within_capacity CHECK (capacity IS NULL OR taken <= capacity), 
	CONSTRAINT ck_care_day_queued_not_negative CHECK (queued >= 0), 
	CONSTRAINT fk_care_day_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_day_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_care_day_community_id ON care_day (community_id)
-- next
CREATE TABLE household (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	micro_grid_id BIGINT NOT NULL, 
	room_no VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_household PRIMARY KEY (id), 
	CONSTRAINT uq_household_micro_grid_id_room_no UNIQUE (micro_grid_id, room_no), 
	CONSTRAINT uq_household_id_micro_grid_id UNIQUE (id, micro_grid_id), 
	CONSTRAINT fk_household_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_household_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id)
)
-- next
CREATE INDEX ix_household_community_id ON household (community_id)
-- next
CREATE TABLE care_slot (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	at_time VARCHAR(5) NOT NULL, 
	weekdays BIGINT NOT NULL, 
	capacity BIGINT NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_care_slot PRIMARY KEY (id), 
	CONSTRAINT uq_care_slot_service_id_at_time UNIQUE (service_id, at_time), 
	CONSTRAINT uq_care_slot_id_service_id UNIQUE (id, service_id), 
	CONSTRAINT ck_care_slot_weekdays_known CHECK (weekdays BETWEEN 1 AND 127), 
	CONSTRAINT ck_care_slot_capacity_sensible CHECK (capacity BETWEEN 0 AND 500), 
	CONSTRAINT fk_care_slot_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_slot_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id)
)
-- next
CREATE INDEX ix_care_slot_community_id ON care_slot (community_id)
-- next
CREATE TABLE care_booking_rules (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	cancel_hours BIGINT NOT NULL, 
	late_percent BIGINT, 
	no_show_percent BIGINT NOT NULL, 
	offer_hours BIGINT NOT NULL, 
	valid_from DATE NOT NULL, 
	set_by VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_care_booking_rules PRIMARY KEY (id), 
	CONSTRAINT uq_care_booking_rules_service_id_version UNIQUE (service_id, version), 
	CONSTRAINT uq_care_booking_rules_service_id_valid_from UNIQUE (service_id, valid_from), 
	CONSTRAINT ck_care_booking_rules_hours_sensible CHECK (cancel_hours BETWEEN 0 AND 168), 
	CONSTRAINT ck_care_booking_rules_late_part CHECK (late_percent BETWEEN 0 AND 100), 
	CONSTRAINT ck_care_booking_rules_no_show_part CHECK (no_show_percent BETWEEN 0 AND 100), 
	CONSTRAINT ck_care_booking_rules_offer_sensible CHECK (offer_hours BETWEEN 1 AND 72), 
	CONSTRAINT fk_care_booking_rules_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_booking_rules_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id)
)
-- next
CREATE INDEX ix_care_booking_rules_community_id ON care_booking_rules (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_booking_rules_no_change BEFORE UPDATE OR DELETE ON care_booking_rules
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_booking_rules_no_truncate BEFORE TRUNCATE ON care_booking_rules
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_offline_device (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	till_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	secret TEXT NOT NULL, 
	minutes_max BIGINT NOT NULL, 
	uses_max BIGINT NOT NULL, 
	expires_on DATE NOT NULL, 
	registered_by VARCHAR(80) NOT NULL, 
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	revoked_by VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_care_offline_device PRIMARY KEY (id), 
	CONSTRAINT ck_care_offline_device_minutes_sensible CHECK (minutes_max BETWEEN 1 AND 20000), 
	CONSTRAINT ck_care_offline_device_uses_sensible CHECK (uses_max BETWEEN 1 AND 999), 
	CONSTRAINT fk_care_offline_device_till_id_centre_id_care_till FOREIGN KEY(till_id, centre_id) REFERENCES care_till (id, centre_id), 
	CONSTRAINT fk_care_offline_device_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_offline_device_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id)
)
-- next
CREATE INDEX ix_care_offline_device_centre_id_revoked_at ON care_offline_device (centre_id, revoked_at)
-- next
CREATE INDEX ix_care_offline_device_community_id ON care_offline_device (community_id)
-- next
CREATE TABLE person (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	pinyin_initials VARCHAR(40) NOT NULL, 
	card_no VARCHAR(16), 
	sex VARCHAR(8), 
	born_on DATE, 
	household_id BIGINT, 
	micro_grid_id BIGINT, 
	phone TEXT, 
	phone_index VARCHAR(64), 
	phone_tail_index VARCHAR(64), 
	id_number TEXT, 
	id_index VARCHAR(64), 
	address TEXT, 
	is_active BOOLEAN NOT NULL, 
	merged_into_id BIGINT, 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT fk_person_household_id_micro_grid_id_household FOREIGN KEY(household_id, micro_grid_id) REFERENCES household (id, micro_grid_id), 
	CONSTRAINT uq_person_community_id_card_no UNIQUE (community_id, card_no), 
	CONSTRAINT uq_person_id_community_id UNIQUE (id, community_id), 
	CONSTRAINT uq_person_community_id_id_index UNIQUE (community_id, id_index), 
	CONSTRAINT ck_person_sex_known CHECK (sex IN ('female', 'male')), 
	CONSTRAINT ck_person_phone_indexed CHECK ((phone IS NULL) = (phone_index IS NULL) AND (phone IS NULL) = (phone_tail_index IS NULL)), 
	CONSTRAINT ck_person_id_number_indexed CHECK ((id_number IS NULL) = (id_index IS NULL)), 
	CONSTRAINT ck_person_household_placed CHECK (household_id IS NULL OR micro_grid_id IS NOT NULL), 
	CONSTRAINT ck_person_merged_means_closed CHECK (merged_into_id IS NULL OR (merged_into_id <> id AND NOT is_active)), 
	CONSTRAINT fk_person_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_person_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_person_merged_into_id_person FOREIGN KEY(merged_into_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_person_community_id_name ON person (community_id, name)
-- next
CREATE INDEX ix_person_community_id_phone_index ON person (community_id, phone_index)
-- next
CREATE INDEX ix_person_community_id_phone_tail_index ON person (community_id, phone_tail_index)
-- next
CREATE INDEX ix_person_community_id_pinyin_initials ON person (community_id, pinyin_initials)
-- next
CREATE INDEX ix_person_household_id ON person (household_id)
-- next
CREATE INDEX ix_person_merged_into_id ON person (merged_into_id)
-- next
CREATE INDEX ix_person_micro_grid_id ON person (micro_grid_id)
-- next
CREATE INDEX ix_person_name_from_1 ON person (community_id, (substr(name, 1) COLLATE "C"))
-- next
CREATE INDEX ix_person_name_from_2 ON person (community_id, (substr(name, 2) COLLATE "C"))
-- next
CREATE INDEX ix_person_name_from_3 ON person (community_id, (substr(name, 3) COLLATE "C"))
-- next
CREATE TABLE care_slot_day (
	slot_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	community_id BIGINT NOT NULL, 
	taken BIGINT NOT NULL, 
	capacity BIGINT NOT NULL, 
	CONSTRAINT pk_care_slot_day PRIMARY KEY (slot_id, on_day), 
	CONSTRAINT ck_care_slot_day_taken_not_negative CHECK (taken >= 0), 
	CONSTRAINT ck_care_slot_day_taken_within_capacity CHECK (taken <= capacity), 
	CONSTRAINT fk_care_slot_day_slot_id_care_slot FOREIGN KEY(slot_id) REFERENCES care_slot (id), 
	CONSTRAINT fk_care_slot_day_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_care_slot_day_community_id ON care_slot_day (community_id)
-- next
CREATE TABLE user_account (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	login_name VARCHAR(40) NOT NULL, 
	password_hash VARCHAR(200) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	person_id BIGINT, 
	is_active BOOLEAN NOT NULL, 
	text_size VARCHAR(10) NOT NULL, 
	locale VARCHAR(12), 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	password_set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT ck_user_account_text_size_known CHECK (text_size IN ('standard', 'large', 'elder')), 
	CONSTRAINT ck_user_account_locale_known CHECK (locale IS NULL OR locale IN ('zh_Hans_CN', 'en')), 
	CONSTRAINT fk_user_account_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_user_account_login_name UNIQUE (login_name), 
	CONSTRAINT fk_user_account_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_user_account_community_id_name ON user_account (community_id, name, id)
-- next
CREATE INDEX ix_user_account_person_id ON user_account (person_id)
-- next
CREATE TABLE care_person_day (
	service_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	community_id BIGINT NOT NULL, 
	taken BIGINT NOT NULL, 
	capacity BIGINT NOT NULL, 
	CONSTRAINT pk_care_person_day PRIMARY KEY (service_id, person_id, on_day), 
	CONSTRAINT ck_care_person_day_taken_not_negative CHECK (taken >= 0), 
	CONSTRAINT ck_care_person_day_taken_within_capacity CHECK (taken <= capacity), 
	CONSTRAINT fk_care_person_day_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_person_day_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_person_day_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_care_person_day_community_id ON care_person_day (community_id)
-- next
CREATE TABLE one_time_code (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	code_digest VARCHAR(64) NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_one_time_code PRIMARY KEY (id), 
	CONSTRAINT fk_one_time_code_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_one_time_code_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_one_time_code_community_id ON one_time_code (community_id)
-- next
CREATE INDEX ix_one_time_code_person_id ON one_time_code (person_id)
-- next
CREATE TABLE booking (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	slot_id BIGINT, 
	rules_id BIGINT, 
	at_time VARCHAR(5) NOT NULL, 
	quantity BIGINT NOT NULL, 
	places BIGINT DEFAULT '1' NOT NULL, 
	minutes BIGINT NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	relative_id BIGINT, 
	hold_id UUID NOT NULL, 
	booked_by VARCHAR(60) NOT NULL, 
	booked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_booking PRIMARY KEY (id), 
	CONSTRAINT ck_booking_state_known CHECK (state IN ('booked', 'redeemed', 'cancelled', 'no_show', 'released')), 
	CONSTRAINT ck_booking_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_booking_minutes_positive CHECK (minutes > 0), 
	CONSTRAINT ck_booking_places_sensible CHECK (places BETWEEN 1 AND quantity), 
	CONSTRAINT ck_booking_resolved_once CHECK ((state = 'booked') = (resolved_at IS NULL)), 
	CONSTRAINT fk_booking_slot_id_service_id_care_slot FOREIGN KEY(slot_id, service_id) REFERENCES care_slot (id, service_id), 
	CONSTRAINT fk_booking_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_booking_key UNIQUE (key), 
	CONSTRAINT fk_booking_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_booking_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_booking_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_booking_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id), 
	CONSTRAINT fk_booking_rules_id_care_booking_rules FOREIGN KEY(rules_id) REFERENCES care_booking_rules (id), 
	CONSTRAINT fk_booking_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id), 
	CONSTRAINT uq_booking_hold_id UNIQUE (hold_id)
)
-- next
CREATE INDEX ix_booking_centre_id_on_day_state ON booking (centre_id, on_day, state)
-- next
CREATE INDEX ix_booking_community_id ON booking (community_id)
-- next
CREATE INDEX ix_booking_person_id_on_day ON booking (person_id, on_day)
-- next
CREATE INDEX ix_booking_service_id ON booking (service_id)
-- next
CREATE INDEX ix_booking_slot_id_on_day ON booking (slot_id, on_day)
-- next
CREATE FUNCTION booking_relative() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.relative_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM family_wallet w JOIN spending_consent c ON c.wallet_id = w.id WHERE w.giver_id = NEW.person_id AND w.receiver_id = NEW.relative_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL AND c.revoked_at IS NULL) THEN RAISE EXCEPTION 'booking_relative' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_relative BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION booking_relative()
-- next
CREATE FUNCTION booking_too_young() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true AND COALESCE((SELECT (to_char((NEW.booked_at AT TIME ZONE 'Asia/Shanghai')::date, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 FROM person v WHERE v.id = NEW.person_id), 0) < (SELECT p.redeem_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= (NEW.booked_at AT TIME ZONE 'Asia/Shanghai')::date ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'booking_too_young' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_too_young BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION booking_too_young()
-- next
CREATE FUNCTION booking_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'booking_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_benefits_off BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION booking_benefits_off()
-- next
CREATE FUNCTION booking_service_age() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s, person v WHERE s.id = NEW.service_id AND s.age_min IS NOT NULL AND v.id = NEW.person_id AND COALESCE((to_char(NEW.on_day, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000, 0) < s.age_min) THEN RAISE EXCEPTION 'booking_service_age' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_service_age BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION booking_service_age()
-- next
CREATE FUNCTION booking_service_day_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT (FALSE) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR NEW.on_day >= s.weekdays_from) AND ((s.weekdays >> (extract(isodow FROM NEW.on_day)::int - 1)) & 1) = 0) THEN RAISE EXCEPTION 'booking_service_day_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_service_day_insert BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION booking_service_day_insert()
-- next
CREATE FUNCTION booking_service_day_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT (NEW.on_day = OLD.on_day) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR NEW.on_day >= s.weekdays_from) AND ((s.weekdays >> (extract(isodow FROM NEW.on_day)::int - 1)) & 1) = 0) THEN RAISE EXCEPTION 'booking_service_day_update' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER booking_service_day_update BEFORE UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION booking_service_day_update()
-- next
CREATE TABLE care_person_spend (
	person_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	community_id BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	limit_minutes BIGINT NOT NULL, 
	CONSTRAINT pk_care_person_spend PRIMARY KEY (person_id, on_day), 
	CONSTRAINT ck_care_person_spend_minutes_not_negative CHECK (minutes >= 0), 
	CONSTRAINT ck_care_person_spend_within_limit CHECK (minutes <= limit_minutes), 
	CONSTRAINT fk_care_person_spend_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_person_spend_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_care_person_spend_community_id ON care_person_spend (community_id)
-- next
CREATE TABLE care_counter_telling (
	person_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	tells_self BOOLEAN NOT NULL, 
	relative_id BIGINT, 
	set_by VARCHAR(80) NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_counter_telling PRIMARY KEY (person_id), 
	CONSTRAINT ck_care_counter_telling_two_people CHECK (relative_id IS NULL OR relative_id <> person_id), 
	CONSTRAINT fk_care_counter_telling_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_counter_telling_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_counter_telling_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_care_counter_telling_community_id ON care_counter_telling (community_id)
-- next
CREATE INDEX ix_care_counter_telling_relative_id ON care_counter_telling (relative_id)
-- next
CREATE TABLE person_source (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	field VARCHAR(8) NOT NULL, 
	is_from_list BOOLEAN NOT NULL, 
	former_household_id BIGINT, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by_user_id BIGINT, 
	CONSTRAINT pk_person_source PRIMARY KEY (id), 
	CONSTRAINT ck_person_source_field_known CHECK (field IN ('phone', 'home')), 
	CONSTRAINT ck_person_source_former_home CHECK (former_household_id IS NULL OR field = 'home'), 
	CONSTRAINT fk_person_source_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_person_source_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_person_source_former_household_id_household FOREIGN KEY(former_household_id) REFERENCES household (id)
)
-- next
CREATE INDEX ix_person_source_community_id ON person_source (community_id)
-- next
CREATE INDEX ix_person_source_former_household_id ON person_source (former_household_id)
-- next
CREATE INDEX ix_person_source_person_id_field ON person_source (person_id, field)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER person_source_no_change BEFORE UPDATE OR DELETE ON person_source
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER person_source_no_truncate BEFORE TRUNCATE ON person_source
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE kinship (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	relative_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	verified_on DATE, 
	CONSTRAINT pk_kinship PRIMARY KEY (id), 
	CONSTRAINT uq_kinship_person_id_relative_id UNIQUE (person_id, relative_id), 
	CONSTRAINT ck_kinship_two_people CHECK (person_id <> relative_id), 
	CONSTRAINT ck_kinship_kind_known CHECK (kind IN ('spouse', 'child', 'parent', 'sibling', 'grandchild', 'grandparent', 'child_in_law', 'parent_in_law', 'other')), 
	CONSTRAINT fk_kinship_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_kinship_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_kinship_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_kinship_community_id ON kinship (community_id)
-- next
CREATE INDEX ix_kinship_relative_id ON kinship (relative_id)
-- next
CREATE TABLE role_holder (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	role VARCHAR(24) NOT NULL, 
	person_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	building_id BIGINT, 
	micro_grid_id BIGINT, 
	started_on DATE NOT NULL, 
	ended_on DATE, 
	CONSTRAINT pk_role_holder PRIMARY KEY (id), 
	CONSTRAINT ck_role_holder_role_known CHECK (role IN ('grid_officer', 'property_steward', 'building_head', 'coop_cadre', 'party_volunteer', 'resident_representative')), 
	CONSTRAINT ck_role_holder_place_fits_role CHECK ((role IN ('grid_officer', 'property_steward')) = (grid_id IS NOT NULL) AND (role = 'building_head') = (building_id IS NOT NULL) AND (role IN ('coop_cadre', 'party_volunteer', 'resident_representative')) = (micro_grid_id IS NOT NULL)), 
	CONSTRAINT ck_role_holder_days_in_order CHECK (ended_on IS NULL OR ended_on >= started_on), 
	CONSTRAINT fk_role_holder_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_role_holder_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_role_holder_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_role_holder_building_id_building FOREIGN KEY(building_id) REFERENCES building (id), 
	CONSTRAINT fk_role_holder_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id)
)
-- next
CREATE INDEX ix_role_holder_building_id ON role_holder (building_id)
-- next
CREATE INDEX ix_role_holder_community_id ON role_holder (community_id)
-- next
CREATE INDEX ix_role_holder_grid_id ON role_holder (grid_id)
-- next
CREATE INDEX ix_role_holder_micro_grid_id ON role_holder (micro_grid_id)
-- next
CREATE INDEX ix_role_holder_person_id ON role_holder (person_id)
-- next
CREATE UNIQUE INDEX uq_role_holder_current_building ON role_holder (role, person_id, building_id) WHERE ended_on IS NULL
-- next
CREATE UNIQUE INDEX uq_role_holder_current_grid ON role_holder (role, person_id, grid_id) WHERE ended_on IS NULL
-- next
CREATE UNIQUE INDEX uq_role_holder_current_micro_grid ON role_holder (role, person_id, micro_grid_id) WHERE ended_on IS NULL
-- next
CREATE TABLE care_voucher (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	code VARCHAR(12) NOT NULL, 
	qr_text TEXT NOT NULL, 
	person_id BIGINT NOT NULL, 
	holder_id BIGINT NOT NULL, 
	relative_id BIGINT, 
	centre_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	unit_minutes BIGINT NOT NULL, 
	uses BIGINT NOT NULL, 
	used BIGINT NOT NULL, 
	returned BIGINT NOT NULL, 
	weekdays BIGINT NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	pin_hash VARCHAR(128) NOT NULL, 
	pin_tries BIGINT NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	issued_by VARCHAR(60) NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_care_voucher PRIMARY KEY (id), 
	CONSTRAINT ck_care_voucher_state_known CHECK (state IN ('open', 'used', 'expired', 'cancelled')), 
	CONSTRAINT ck_care_voucher_uses_sensible CHECK (uses BETWEEN 1 AND 20), 
	CONSTRAINT ck_care_voucher_used_within_uses CHECK (used BETWEEN 0 AND uses + returned), 
	CONSTRAINT ck_care_voucher_returned_of_used CHECK (returned BETWEEN 0 AND used), 
	CONSTRAINT ck_care_voucher_used_up CHECK ((state = 'used') = (used = uses + returned)), 
	CONSTRAINT ck_care_voucher_open_until_ended CHECK ((state = 'open') = (ended_at IS NULL)), 
	CONSTRAINT ck_care_voucher_minutes_positive CHECK (unit_minutes > 0), 
	CONSTRAINT ck_care_voucher_weekdays_known CHECK (weekdays BETWEEN 1 AND 127), 
	CONSTRAINT ck_care_voucher_days_in_order CHECK (last_on >= first_on), 
	CONSTRAINT ck_care_voucher_tries_not_negative CHECK (pin_tries >= 0), 
	CONSTRAINT uq_care_voucher_community_id_code UNIQUE (community_id, code), 
	CONSTRAINT fk_care_voucher_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_care_voucher_key UNIQUE (key), 
	CONSTRAINT fk_care_voucher_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_voucher_holder_id_person FOREIGN KEY(holder_id) REFERENCES person (id), 
	CONSTRAINT fk_care_voucher_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id), 
	CONSTRAINT fk_care_voucher_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_voucher_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_voucher_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id)
)
-- next
CREATE INDEX ix_care_voucher_centre_id ON care_voucher (centre_id)
-- next
CREATE INDEX ix_care_voucher_holder_id_state ON care_voucher (holder_id, state)
-- next
CREATE INDEX ix_care_voucher_person_id_state ON care_voucher (person_id, state)
-- next
CREATE INDEX ix_care_voucher_service_id ON care_voucher (service_id)
-- next
CREATE INDEX ix_care_voucher_state_last_on ON care_voucher (state, last_on)
-- next
CREATE FUNCTION care_voucher_family() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.holder_id <> NEW.person_id AND NOT EXISTS (SELECT 1 FROM kinship k WHERE (k.person_id = NEW.person_id AND k.relative_id = NEW.holder_id) OR (k.person_id = NEW.holder_id AND k.relative_id = NEW.person_id)) AND NOT EXISTS (SELECT 1 FROM person a JOIN person b ON b.household_id = a.household_id WHERE a.id = NEW.person_id AND b.id = NEW.holder_id) THEN RAISE EXCEPTION 'care_voucher_family' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_voucher_family BEFORE INSERT ON care_voucher FOR EACH ROW EXECUTE FUNCTION care_voucher_family()
-- next
CREATE FUNCTION care_voucher_handed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.holder_id <> OLD.holder_id AND NEW.holder_id <> NEW.person_id AND NOT EXISTS (SELECT 1 FROM kinship k WHERE (k.person_id = NEW.person_id AND k.relative_id = NEW.holder_id) OR (k.person_id = NEW.holder_id AND k.relative_id = NEW.person_id)) AND NOT EXISTS (SELECT 1 FROM person a JOIN person b ON b.household_id = a.household_id WHERE a.id = NEW.person_id AND b.id = NEW.holder_id) THEN RAISE EXCEPTION 'care_voucher_handed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_voucher_handed BEFORE UPDATE ON care_voucher FOR EACH ROW EXECUTE FUNCTION care_voucher_handed()
-- next
CREATE FUNCTION care_voucher_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'care_voucher_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_voucher_benefits_off BEFORE INSERT ON care_voucher FOR EACH ROW EXECUTE FUNCTION care_voucher_benefits_off()
-- next
CREATE FUNCTION care_voucher_service_age() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s, person v WHERE s.id = NEW.service_id AND s.age_min IS NOT NULL AND v.id = NEW.person_id AND COALESCE((to_char(NEW.first_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000, 0) < s.age_min) THEN RAISE EXCEPTION 'care_voucher_service_age' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_voucher_service_age BEFORE INSERT ON care_voucher FOR EACH ROW EXECUTE FUNCTION care_voucher_service_age()
-- next
CREATE TABLE offer (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	kind_id BIGINT NOT NULL, 
	words TEXT NOT NULL, 
	free_times JSON NOT NULL, 
	far VARCHAR(12) NOT NULL, 
	until_on DATE NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	posted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_offer PRIMARY KEY (id), 
	CONSTRAINT ck_offer_state_known CHECK (state IN ('open', 'closed')), 
	CONSTRAINT ck_offer_far_known CHECK (far IN ('building', 'grid', 'community')), 
	CONSTRAINT ck_offer_says_something CHECK (words <> ''), 
	CONSTRAINT ck_offer_closed_when CHECK ((state = 'open') = (closed_at IS NULL)), 
	CONSTRAINT fk_offer_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_offer_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_offer_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id)
)
-- next
CREATE INDEX ix_offer_open ON offer (community_id, state, until_on, id)
-- next
CREATE INDEX ix_offer_volunteer ON offer (volunteer_id, state)
-- next
CREATE FUNCTION offer_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('open>closed')) THEN
    RAISE EXCEPTION 'offer_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.volunteer_id::text IS DISTINCT FROM OLD.volunteer_id::text OR NEW.kind_id::text IS DISTINCT FROM OLD.kind_id::text OR NEW.words::text IS DISTINCT FROM OLD.words::text OR NEW.free_times::text IS DISTINCT FROM OLD.free_times::text OR NEW.far::text IS DISTINCT FROM OLD.far::text OR NEW.until_on::text IS DISTINCT FROM OLD.until_on::text OR NEW.posted_at::text IS DISTINCT FROM OLD.posted_at::text)) THEN
    RAISE EXCEPTION 'offer_told' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER offer_guard BEFORE INSERT OR UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION offer_guard()
-- next
CREATE OR REPLACE FUNCTION offer_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'offer_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER offer_kept_delete BEFORE DELETE ON offer FOR EACH ROW EXECUTE FUNCTION offer_kept()
-- next
CREATE TRIGGER offer_kept_truncate BEFORE TRUNCATE ON offer FOR EACH STATEMENT EXECUTE FUNCTION offer_kept()
-- next
CREATE TABLE volunteer_profile (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	skills JSON NOT NULL, 
	languages JSON NOT NULL, 
	free_times JSON NOT NULL, 
	far VARCHAR(12) NOT NULL, 
	told_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_volunteer_profile PRIMARY KEY (id), 
	CONSTRAINT ck_volunteer_profile_far_known CHECK (far IN ('building', 'grid', 'community')), 
	CONSTRAINT fk_volunteer_profile_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_volunteer_profile_person_id UNIQUE (person_id), 
	CONSTRAINT fk_volunteer_profile_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_volunteer_profile_community_id ON volunteer_profile (community_id)
-- next
CREATE TABLE message (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	key VARCHAR(160) NOT NULL, 
	code VARCHAR(60) NOT NULL, 
	facts TEXT NOT NULL, 
	url VARCHAR(200) NOT NULL, 
	told_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	read_at TIMESTAMP WITH TIME ZONE, 
	is_spread BOOLEAN NOT NULL, 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT uq_message_key_person_id UNIQUE (key, person_id), 
	CONSTRAINT fk_message_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_message_key_given CHECK (length(key) > 0), 
	CONSTRAINT ck_message_url_is_a_path CHECK (url LIKE '/%' AND substr(url, 2, 1) NOT IN ('/', '\'))
)
-- next
CREATE INDEX ix_message_person_id_id ON message (person_id, id)
-- next
CREATE INDEX ix_message_told_at ON message (told_at)
-- next
CREATE INDEX ix_message_unread ON message (person_id) WHERE read_at IS NULL
-- next
CREATE INDEX ix_message_unspread ON message (id) WHERE NOT is_spread
-- next
CREATE TABLE volunteer_first (
	volunteer_id BIGINT NOT NULL, 
	grid_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	first_on DATE NOT NULL, 
	CONSTRAINT pk_volunteer_first PRIMARY KEY (volunteer_id, grid_id, centre_id), 
	CONSTRAINT fk_volunteer_first_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_volunteer_first_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_volunteer_first_community ON volunteer_first (community_id, centre_id, grid_id, first_on, volunteer_id)
-- next
CREATE TABLE risk_mark (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	CONSTRAINT pk_risk_mark PRIMARY KEY (id), 
	CONSTRAINT fk_risk_mark_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_risk_mark_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_risk_mark_person ON risk_mark (community_id, person_id)
-- next
CREATE TABLE notice_contact (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	address TEXT, 
	consent_version BIGINT NOT NULL, 
	consented_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	confirmed_at TIMESTAMP WITH TIME ZONE, 
	revision BIGINT NOT NULL, 
	code_until TIMESTAMP WITH TIME ZONE, 
	code_due_at TIMESTAMP WITH TIME ZONE, 
	code_tries BIGINT NOT NULL, 
	is_weekly BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_notice_contact PRIMARY KEY (id), 
	CONSTRAINT uq_notice_contact_person_id_channel UNIQUE (person_id, channel), 
	CONSTRAINT fk_notice_contact_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_notice_contact_channel_known CHECK (channel IN ('mail', 'sms', 'hook')), 
	CONSTRAINT ck_notice_contact_address_only_in_use CHECK ((address IS NOT NULL) = (channel = 'mail' AND is_on)), 
	CONSTRAINT ck_notice_contact_ended_means_off CHECK (is_on = (ended_at IS NULL)), 
	CONSTRAINT ck_notice_contact_weekly_by_mail CHECK (NOT is_weekly OR (channel = 'mail' AND is_on)), 
	CONSTRAINT ck_notice_contact_address_confirmed_or_asked CHECK ((channel = 'mail' AND is_on) = (confirmed_at IS NOT NULL OR code_until IS NOT NULL) AND (confirmed_at IS NULL OR code_until IS NULL)), 
	CONSTRAINT ck_notice_contact_code_due_while_open CHECK (code_due_at IS NULL OR code_until IS NOT NULL), 
	CONSTRAINT ck_notice_contact_code_tries_bounded CHECK (code_tries BETWEEN 0 AND 5)
)
-- next
CREATE INDEX ix_notice_contact_code ON notice_contact (code_due_at) WHERE code_due_at IS NOT NULL
-- next
CREATE TABLE cofund_holding (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	household_id BIGINT NOT NULL, 
	area_hundredths BIGINT NOT NULL, 
	owner_name VARCHAR(60) NOT NULL, 
	owner_person_id BIGINT, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_holding PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_holding_household_id UNIQUE (household_id), 
	CONSTRAINT ck_cofund_holding_area CHECK (area_hundredths BETWEEN 1 AND 10000000), 
	CONSTRAINT ck_cofund_holding_owner CHECK (owner_name <> ''), 
	CONSTRAINT fk_cofund_holding_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_holding_household_id_household FOREIGN KEY(household_id) REFERENCES household (id), 
	CONSTRAINT fk_cofund_holding_owner_person_id_person FOREIGN KEY(owner_person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_cofund_holding_community_id ON cofund_holding (community_id)
-- next
CREATE INDEX ix_cofund_holding_owner_person_id ON cofund_holding (owner_person_id)
-- next
CREATE TABLE own_data_copy (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	taken_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_own_data_copy PRIMARY KEY (id), 
	CONSTRAINT uq_own_data_copy_once UNIQUE (person_id, on_day), 
	CONSTRAINT fk_own_data_copy_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER own_data_copy_no_change BEFORE UPDATE OR DELETE ON own_data_copy
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER own_data_copy_no_truncate BEFORE TRUNCATE ON own_data_copy
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE expiry_notice (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	due_on DATE NOT NULL, 
	days BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_expiry_notice PRIMARY KEY (id), 
	CONSTRAINT uq_expiry_notice_person_id_due_on_days UNIQUE (person_id, due_on, days), 
	CONSTRAINT ck_expiry_notice_days_known CHECK (days IN (90, 30)), 
	CONSTRAINT ck_expiry_notice_about_something CHECK (minutes > 0), 
	CONSTRAINT fk_expiry_notice_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_expiry_notice_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_expiry_notice_community_id ON expiry_notice (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER expiry_notice_no_change BEFORE UPDATE OR DELETE ON expiry_notice
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER expiry_notice_no_truncate BEFORE TRUNCATE ON expiry_notice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE key_person (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	key_group VARCHAR(8) NOT NULL, 
	reason TEXT NOT NULL, 
	note TEXT, 
	every_days BIGINT NOT NULL, 
	visitor_id BIGINT NOT NULL, 
	consent_on DATE, 
	since_on DATE NOT NULL, 
	last_seen_on DATE, 
	due_on DATE NOT NULL, 
	ended_on DATE, 
	end_reason TEXT, 
	CONSTRAINT pk_key_person PRIMARY KEY (id), 
	CONSTRAINT ck_key_person_group_known CHECK (key_group IN ('old', 'young', 'other')), 
	CONSTRAINT ck_key_person_pace_believable CHECK (every_days BETWEEN 1 AND 366), 
	CONSTRAINT ck_key_person_days_in_order CHECK (ended_on IS NULL OR ended_on >= since_on), 
	CONSTRAINT ck_key_person_end_has_its_reason CHECK ((ended_on IS NULL) = (end_reason IS NULL)), 
	CONSTRAINT fk_key_person_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_key_person_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_key_person_visitor_id_person FOREIGN KEY(visitor_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_key_person_community_id_due_on_id ON key_person (community_id, due_on, id)
-- next
CREATE INDEX ix_key_person_person_id ON key_person (person_id)
-- next
CREATE INDEX ix_key_person_visitor_id ON key_person (visitor_id)
-- next
CREATE UNIQUE INDEX uq_key_person_open ON key_person (person_id) WHERE ended_on IS NULL
-- next
CREATE TABLE month_notice (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	given_on DATE NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_month_notice PRIMARY KEY (id), 
	CONSTRAINT uq_month_notice_person_id_month UNIQUE (person_id, month), 
	CONSTRAINT fk_month_notice_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_month_notice_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_month_notice_community_id ON month_notice (community_id)
-- next
CREATE FUNCTION month_notice_early() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF extract(day FROM NEW.month) <> 1 OR NEW.given_on < NEW.month + interval '1 month' THEN RAISE EXCEPTION 'month_notice_early' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER month_notice_early BEFORE INSERT ON month_notice FOR EACH ROW EXECUTE FUNCTION month_notice_early()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER month_notice_no_change BEFORE UPDATE OR DELETE ON month_notice
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER month_notice_no_truncate BEFORE TRUNCATE ON month_notice
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE role_grant (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	scope_kind VARCHAR(12) NOT NULL, 
	scope_id BIGINT, 
	expires_on DATE NOT NULL, 
	granted_by BIGINT, 
	granted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_by BIGINT, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_role_grant PRIMARY KEY (id), 
	CONSTRAINT ck_role_grant_role_known CHECK (role IN ('volunteer', 'elder', 'resident', 'counter', 'centre_manager', 'finance', 'grid_officer', 'steward', 'community_admin', 'operator', 'auditor')), 
	CONSTRAINT ck_role_grant_scope_known CHECK (scope_kind IN ('own', 'grid', 'centre', 'community', 'city')), 
	CONSTRAINT ck_role_grant_scope_placed CHECK ((scope_kind IN ('grid', 'centre')) = (scope_id IS NOT NULL)), 
	CONSTRAINT ck_role_grant_not_to_self CHECK (granted_by IS NULL OR granted_by <> user_id), 
	CONSTRAINT ck_role_grant_not_from_self CHECK (revoked_by IS NULL OR revoked_by <> user_id), 
	CONSTRAINT fk_role_grant_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_role_grant_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_role_grant_granted_by_user_account FOREIGN KEY(granted_by) REFERENCES user_account (id), 
	CONSTRAINT fk_role_grant_revoked_by_user_account FOREIGN KEY(revoked_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_role_grant_community_id_role ON role_grant (community_id, role)
-- next
CREATE INDEX ix_role_grant_user_id ON role_grant (user_id)
-- next
CREATE TABLE login_session (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	idle_seconds_max BIGINT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	address VARCHAR(64), 
	agent VARCHAR(160) NOT NULL, 
	till_id BIGINT, 
	lock_seconds BIGINT, 
	locked_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	end_reason VARCHAR(20), 
	CONSTRAINT pk_login_session PRIMARY KEY (id), 
	CONSTRAINT ck_login_session_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)), 
	CONSTRAINT ck_login_session_shared_ones_lock CHECK ((till_id IS NULL) = (lock_seconds IS NULL)), 
	CONSTRAINT ck_login_session_lock_positive CHECK (lock_seconds IS NULL OR lock_seconds > 0), 
	CONSTRAINT fk_login_session_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_login_session_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_login_session_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_login_session_till_id_care_till FOREIGN KEY(till_id) REFERENCES care_till (id)
)
-- next
CREATE INDEX ix_login_session_till_id ON login_session (till_id)
-- next
CREATE INDEX ix_login_session_user_id ON login_session (user_id, ended_at)
-- next
CREATE TABLE staff_pin (
	user_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	pin_hash VARCHAR(200) NOT NULL, 
	tries BIGINT NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_staff_pin PRIMARY KEY (user_id), 
	CONSTRAINT ck_staff_pin_tries_not_negative CHECK (tries >= 0), 
	CONSTRAINT fk_staff_pin_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_staff_pin_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_staff_pin_community_id ON staff_pin (community_id)
-- next
CREATE TABLE api_token (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	prefix VARCHAR(12) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	scopes JSON NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_api_token PRIMARY KEY (id), 
	CONSTRAINT fk_api_token_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_api_token_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash)
)
-- next
CREATE INDEX ix_api_token_user_id ON api_token (user_id)
-- next
CREATE TABLE trail_event (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	actor_person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	address VARCHAR(64), 
	action VARCHAR(60) NOT NULL, 
	subject_type VARCHAR(40) NOT NULL, 
	subject_id VARCHAR(64) NOT NULL, 
	summary VARCHAR(500) NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_trail_event PRIMARY KEY (id), 
	CONSTRAINT fk_trail_event_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_trail_event_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_trail_event_actor_person_id_person FOREIGN KEY(actor_person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_trail_event_actor_user_id ON trail_event (community_id, actor_user_id, id)
-- next
CREATE INDEX ix_trail_event_community_id_at_id ON trail_event (community_id, at, id)
-- next
CREATE INDEX ix_trail_event_subject ON trail_event (community_id, subject_type, subject_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER trail_event_no_change BEFORE UPDATE OR DELETE ON trail_event
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER trail_event_no_truncate BEFORE TRUNCATE ON trail_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE person_look (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	person_id BIGINT NOT NULL, 
	actor_user_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	address VARCHAR(64), 
	fields JSON NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_person_look PRIMARY KEY (id), 
	CONSTRAINT ck_person_look_reason_given CHECK (length(reason) > 0), 
	CONSTRAINT fk_person_look_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_person_look_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_person_look_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_person_look_community_id_at ON person_look (community_id, at)
-- next
CREATE INDEX ix_person_look_person_id_id ON person_look (person_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER person_look_no_change BEFORE UPDATE OR DELETE ON person_look
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER person_look_no_truncate BEFORE TRUNCATE ON person_look
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE stored_file (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	content_id BIGINT NOT NULL, 
	media_type VARCHAR(80) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	purpose VARCHAR(40) NOT NULL, 
	stored_by BIGINT, 
	stored_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (id), 
	CONSTRAINT fk_stored_file_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_stored_file_content_id_file_content FOREIGN KEY(content_id) REFERENCES file_content (id), 
	CONSTRAINT fk_stored_file_stored_by_user_account FOREIGN KEY(stored_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_stored_file_content_id ON stored_file (content_id)
-- next
CREATE TABLE care_day_close (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	till_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	slips BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	visits BIGINT NOT NULL, 
	visit_minutes BIGINT NOT NULL, 
	money_fen BIGINT NOT NULL, 
	voids BIGINT NOT NULL, 
	void_minutes BIGINT NOT NULL, 
	late_voids BIGINT NOT NULL, 
	late_void_minutes BIGINT NOT NULL, 
	found_slips BIGINT NOT NULL, 
	found_minutes BIGINT NOT NULL, 
	difference_reason TEXT NOT NULL, 
	counted_by_user_id BIGINT, 
	counted_by VARCHAR(80) NOT NULL, 
	counted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	signed_how VARCHAR(8), 
	signed_by_user_id BIGINT, 
	signed_by VARCHAR(80) NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_care_day_close PRIMARY KEY (id), 
	CONSTRAINT ck_care_day_close_state_known CHECK (state IN ('counted', 'closed')), 
	CONSTRAINT ck_care_day_close_signed_known CHECK (signed_how IS NULL OR signed_how IN ('second', 'alone')), 
	CONSTRAINT ck_care_day_close_figures_not_negative CHECK (slips >= 0 AND visits >= 0 AND minutes >= 0 AND visit_minutes >= 0 AND money_fen >= 0 AND voids >= 0 AND void_minutes >= 0 AND late_voids >= 0 AND late_void_minutes >= 0), 
	CONSTRAINT ck_care_day_close_found_not_negative CHECK (found_slips >= 0 AND found_minutes >= 0), 
	CONSTRAINT ck_care_day_close_difference_explained CHECK ((found_slips = slips + visits AND found_minutes = minutes + visit_minutes) OR difference_reason <> ''), 
	CONSTRAINT ck_care_day_close_closed_when_signed CHECK ((state = 'closed') = (signed_at IS NOT NULL) AND (state = 'closed') = (signed_how IS NOT NULL)), 
	CONSTRAINT ck_care_day_close_signed_by_another CHECK (signed_how IS NULL OR (signed_how = 'second') = (signed_by_user_id IS NOT NULL AND signed_by_user_id <> counted_by_user_id)), 
	CONSTRAINT uq_care_day_close_till_id_on_day UNIQUE (till_id, on_day), 
	CONSTRAINT fk_care_day_close_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_day_close_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_day_close_till_id_care_till FOREIGN KEY(till_id) REFERENCES care_till (id), 
	CONSTRAINT fk_care_day_close_counted_by_user_id_user_account FOREIGN KEY(counted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_day_close_signed_by_user_id_user_account FOREIGN KEY(signed_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_day_close_centre_id_on_day ON care_day_close (centre_id, on_day)
-- next
CREATE INDEX ix_care_day_close_community_id ON care_day_close (community_id)
-- next
CREATE FUNCTION care_day_close_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state = 'closed' THEN RAISE EXCEPTION 'care_day_close_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_close_kept BEFORE UPDATE ON care_day_close FOR EACH ROW EXECUTE FUNCTION care_day_close_kept()
-- next
CREATE FUNCTION care_day_close_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state = 'closed' THEN RAISE EXCEPTION 'care_day_close_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_day_close_stays BEFORE DELETE ON care_day_close FOR EACH ROW EXECUTE FUNCTION care_day_close_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_day_close_stays_no_truncate BEFORE TRUNCATE ON care_day_close FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE FUNCTION care_day_close_stale() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR UPDATE;
  IF NEW.state = 'closed' AND (NEW.slips <> (SELECT COUNT(*) FROM redemption r WHERE r.till_id = NEW.till_id AND r.slip_day = NEW.on_day) OR NEW.minutes <> (SELECT COALESCE(SUM(r.total_minutes), 0) FROM redemption r WHERE r.till_id = NEW.till_id AND r.slip_day = NEW.on_day AND NOT (r.state = 'undone' AND r.undo_till_id = NEW.till_id AND r.undo_day = NEW.on_day)) OR NEW.voids + NEW.late_voids <> (SELECT COUNT(*) FROM redemption r WHERE r.undo_till_id = NEW.till_id AND r.undo_day = NEW.on_day) OR NEW.visits <> (SELECT COUNT(DISTINCT v.transfer_id) FROM visitor_line v WHERE v.till_id = NEW.till_id AND v.served_on = NEW.on_day)) THEN RAISE EXCEPTION 'care_day_close_stale' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_close_stale BEFORE UPDATE ON care_day_close FOR EACH ROW EXECUTE FUNCTION care_day_close_stale()
-- next
CREATE FUNCTION care_day_close_counted_first() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'counted' THEN RAISE EXCEPTION 'care_day_close_counted_first' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_close_counted_first BEFORE INSERT ON care_day_close FOR EACH ROW EXECUTE FUNCTION care_day_close_counted_first()
-- next
CREATE TABLE family_wallet (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	giver_id BIGINT NOT NULL, 
	receiver_id BIGINT NOT NULL, 
	month_minutes_max BIGINT NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	agreed_at TIMESTAMP WITH TIME ZONE, 
	agreed_by_id BIGINT, 
	agreed_by_user_id BIGINT, 
	consent VARCHAR(8), 
	consent_slip VARCHAR(40), 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_family_wallet PRIMARY KEY (id), 
	CONSTRAINT uq_family_wallet_community_id_consent_slip UNIQUE (community_id, consent_slip), 
	CONSTRAINT ck_family_wallet_two_people CHECK (giver_id <> receiver_id), 
	CONSTRAINT ck_family_wallet_limit_in_range CHECK (month_minutes_max BETWEEN 1 AND 60000), 
	CONSTRAINT ck_family_wallet_consent_known CHECK (consent IN ('login', 'slip')), 
	CONSTRAINT ck_family_wallet_agreed_by_something CHECK ((agreed_at IS NULL) = (consent IS NULL)), 
	CONSTRAINT ck_family_wallet_receiver_agrees CHECK (consent <> 'login' OR agreed_by_id = receiver_id), 
	CONSTRAINT ck_family_wallet_slip_numbered CHECK ((consent IS NOT NULL AND consent = 'slip') = (consent_slip IS NOT NULL)), 
	CONSTRAINT ck_family_wallet_giver_not_clerk CHECK (consent <> 'slip' OR agreed_by_id <> giver_id), 
	CONSTRAINT fk_family_wallet_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_family_wallet_giver_id_person FOREIGN KEY(giver_id) REFERENCES person (id), 
	CONSTRAINT fk_family_wallet_receiver_id_person FOREIGN KEY(receiver_id) REFERENCES person (id), 
	CONSTRAINT fk_family_wallet_agreed_by_id_person FOREIGN KEY(agreed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_family_wallet_agreed_by_user_id_user_account FOREIGN KEY(agreed_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_family_wallet_giver ON family_wallet (giver_id)
-- next
CREATE INDEX ix_family_wallet_receiver ON family_wallet (receiver_id)
-- next
CREATE UNIQUE INDEX uq_family_wallet_pair ON family_wallet (giver_id, receiver_id) WHERE ended_at IS NULL
-- next
CREATE FUNCTION family_wallet_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.ended_at IS NOT NULL THEN RAISE EXCEPTION 'family_wallet_ended' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.community_id <> OLD.community_id OR NEW.giver_id <> OLD.giver_id OR NEW.receiver_id <> OLD.receiver_id OR NEW.month_minutes_max <> OLD.month_minutes_max OR NEW.opened_at <> OLD.opened_at OR (OLD.agreed_at IS NOT NULL AND (NEW.agreed_at IS NULL OR NEW.agreed_at <> OLD.agreed_at OR NEW.consent <> OLD.consent)) THEN RAISE EXCEPTION 'family_wallet_fixed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER family_wallet_guard BEFORE UPDATE ON family_wallet FOR EACH ROW EXECUTE FUNCTION family_wallet_guard()
-- next
CREATE FUNCTION family_wallet_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'family_wallet_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER family_wallet_kept BEFORE DELETE ON family_wallet FOR EACH ROW EXECUTE FUNCTION family_wallet_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER family_wallet_kept_no_truncate BEFORE TRUNCATE ON family_wallet FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE hours_policy (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	in_force_on DATE NOT NULL, 
	note TEXT NOT NULL, 
	preset VARCHAR(24) NOT NULL, 
	rate_percent BIGINT NOT NULL, 
	rounding_minutes BIGINT NOT NULL, 
	late_days BIGINT NOT NULL, 
	earn_age_min BIGINT, 
	guardian_below_age BIGINT, 
	day_minutes_max BIGINT, 
	month_minutes_max BIGINT, 
	pair_minutes_max BIGINT, 
	lifetime_minutes_max BIGINT, 
	excess VARCHAR(12) NOT NULL, 
	redeem_age_min BIGINT, 
	redeem_minutes_min BIGINT, 
	circle VARCHAR(16) NOT NULL, 
	allows_gifts BOOLEAN DEFAULT false NOT NULL, 
	expiry_months BIGINT, 
	claim_days BIGINT NOT NULL, 
	drafted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	drafted_by_user_id BIGINT, 
	drafted_by_id BIGINT, 
	drafted_by_name VARCHAR(80) NOT NULL, 
	simulated_at TIMESTAMP WITH TIME ZONE, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	approved_on DATE, 
	approved_by_user_id BIGINT, 
	approved_by_id BIGINT, 
	approved_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_hours_policy PRIMARY KEY (id), 
	CONSTRAINT uq_hours_policy_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_hours_policy_version_counts_from_one CHECK (version > 0), 
	CONSTRAINT ck_hours_policy_state_known CHECK (state IN ('draft', 'simulated', 'approved', 'discarded')), 
	CONSTRAINT ck_hours_policy_excess_known CHECK (excess IN ('donation', 'refuse')), 
	CONSTRAINT ck_hours_policy_circle_known CHECK (circle IN ('nobody', 'spouse', 'lineal', 'kin_and_friends')), 
	CONSTRAINT ck_hours_policy_rate_percent_in_range CHECK (rate_percent BETWEEN 1 AND 1000), 
	CONSTRAINT ck_hours_policy_rounding_minutes_in_range CHECK (rounding_minutes BETWEEN 1 AND 60), 
	CONSTRAINT ck_hours_policy_late_days_in_range CHECK (late_days BETWEEN 0 AND 366), 
	CONSTRAINT ck_hours_policy_earn_age_min_in_range CHECK (earn_age_min BETWEEN 1 AND 120), 
	CONSTRAINT ck_hours_policy_guardian_below_age_in_range CHECK (guardian_below_age BETWEEN 1 AND 120), 
	CONSTRAINT ck_hours_policy_day_minutes_max_in_range CHECK (day_minutes_max BETWEEN 1 AND 1440), 
	CONSTRAINT ck_hours_policy_month_minutes_max_in_range CHECK (month_minutes_max BETWEEN 1 AND 44640), 
	CONSTRAINT ck_hours_policy_pair_minutes_max_in_range CHECK (pair_minutes_max BETWEEN 1 AND 44640), 
	CONSTRAINT ck_hours_policy_lifetime_minutes_max_in_range CHECK (lifetime_minutes_max BETWEEN 1 AND 6000000), 
	CONSTRAINT ck_hours_policy_redeem_age_min_in_range CHECK (redeem_age_min BETWEEN 1 AND 120), 
	CONSTRAINT ck_hours_policy_redeem_minutes_min_in_range CHECK (redeem_minutes_min BETWEEN 1 AND 6000000), 
	CONSTRAINT ck_hours_policy_expiry_months_in_range CHECK (expiry_months BETWEEN 1 AND 600), 
	CONSTRAINT ck_hours_policy_claim_days_in_range CHECK (claim_days BETWEEN 30 AND 730), 
	CONSTRAINT ck_hours_policy_approved_at_a_moment CHECK ((state = 'approved') = (approved_at IS NOT NULL AND approved_on IS NOT NULL)), 
	CONSTRAINT ck_hours_policy_approved_by_two CHECK (version = 1 OR state <> 'approved' OR (drafted_by_user_id IS NOT NULL AND approved_by_user_id IS NOT NULL AND simulated_at IS NOT NULL AND in_force_on >= approved_on)), 
	CONSTRAINT ck_hours_policy_approver_not_drafter CHECK (approved_by_user_id <> drafted_by_user_id), 
	CONSTRAINT ck_hours_policy_approver_another_person CHECK (approved_by_id <> drafted_by_id), 
	CONSTRAINT fk_hours_policy_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_hours_policy_drafted_by_user_id_user_account FOREIGN KEY(drafted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_hours_policy_drafted_by_id_person FOREIGN KEY(drafted_by_id) REFERENCES person (id), 
	CONSTRAINT fk_hours_policy_approved_by_user_id_user_account FOREIGN KEY(approved_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_hours_policy_approved_by_id_person FOREIGN KEY(approved_by_id) REFERENCES person (id)
)
-- next
CREATE UNIQUE INDEX uq_hours_policy_day ON hours_policy (community_id, in_force_on) WHERE state = 'approved'
-- next
CREATE FUNCTION hours_policy_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state IN ('approved', 'discarded') THEN RAISE EXCEPTION 'hours_policy_settled' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>simulated', 'simulated>simulated', 'simulated>draft', 'simulated>approved', 'draft>discarded', 'simulated>discarded') THEN RAISE EXCEPTION 'hours_policy_move' USING ERRCODE = 'check_violation'; END IF;
  IF COALESCE(CAST(NEW.community_id AS text), '') <> COALESCE(CAST(OLD.community_id AS text), '') OR COALESCE(CAST(NEW.version AS text), '') <> COALESCE(CAST(OLD.version AS text), '') OR COALESCE(CAST(NEW.drafted_at AS text), '') <> COALESCE(CAST(OLD.drafted_at AS text), '') OR COALESCE(CAST(NEW.drafted_by_user_id AS text), '') <> COALESCE(CAST(OLD.drafted_by_user_id AS text), '') OR COALESCE(CAST(NEW.drafted_by_id AS text), '') <> COALESCE(CAST(OLD.drafted_by_id AS text), '') THEN RAISE EXCEPTION 'hours_policy_drafter' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state IN ('simulated', 'approved') AND (COALESCE(CAST(NEW.rate_percent AS text), '') <> COALESCE(CAST(OLD.rate_percent AS text), '') OR COALESCE(CAST(NEW.rounding_minutes AS text), '') <> COALESCE(CAST(OLD.rounding_minutes AS text), '') OR COALESCE(CAST(NEW.late_days AS text), '') <> COALESCE(CAST(OLD.late_days AS text), '') OR COALESCE(CAST(NEW.earn_age_min AS text), '') <> COALESCE(CAST(OLD.earn_age_min AS text), '') OR COALESCE(CAST(NEW.guardian_below_age AS text), '') <> COALESCE(CAST(OLD.guardian_below_age AS text), '') OR COALESCE(CAST(NEW.day_minutes_max AS text), '') <> COALESCE(CAST(OLD.day_minutes_max AS text), '') OR COALESCE(CAST(NEW.month_minutes_max AS text), '') <> COALESCE(CAST(OLD.month_minutes_max AS text), '') OR COALESCE(CAST(NEW.pair_minutes_max AS text), '') <> COALESCE(CAST(OLD.pair_minutes_max AS text), '') OR COALESCE(CAST(NEW.lifetime_minutes_max AS text), '') <> COALESCE(CAST(OLD.lifetime_minutes_max AS text), '') OR COALESCE(CAST(NEW.excess AS text), '') <> COALESCE(CAST(OLD.excess AS text), '') OR COALESCE(CAST(NEW.redeem_age_min AS text), '') <> COALESCE(CAST(OLD.redeem_age_min AS text), '') OR COALESCE(CAST(NEW.redeem_minutes_min AS text), '') <> COALESCE(CAST(OLD.redeem_minutes_min AS text), '') OR COALESCE(CAST(NEW.circle AS text), '') <> COALESCE(CAST(OLD.circle AS text), '') OR COALESCE(CAST(NEW.allows_gifts AS text), '') <> COALESCE(CAST(OLD.allows_gifts AS text), '') OR COALESCE(CAST(NEW.expiry_months AS text), '') <> COALESCE(CAST(OLD.expiry_months AS text), '') OR COALESCE(CAST(NEW.claim_days AS text), '') <> COALESCE(CAST(OLD.claim_days AS text), '') OR COALESCE(CAST(NEW.in_force_on AS text), '') <> COALESCE(CAST(OLD.in_force_on AS text), '') OR COALESCE(CAST(NEW.note AS text), '') <> COALESCE(CAST(OLD.note AS text), '') OR COALESCE(CAST(NEW.preset AS text), '') <> COALESCE(CAST(OLD.preset AS text), '')) THEN RAISE EXCEPTION 'hours_policy_unsimulated' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER hours_policy_guard BEFORE UPDATE ON hours_policy FOR EACH ROW EXECUTE FUNCTION hours_policy_guard()
-- next
CREATE FUNCTION hours_policy_begins() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'draft' AND NEW.version <> 1 THEN RAISE EXCEPTION 'hours_policy_begins' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER hours_policy_begins BEFORE INSERT ON hours_policy FOR EACH ROW EXECUTE FUNCTION hours_policy_begins()
-- next
CREATE FUNCTION hours_policy_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'hours_policy_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER hours_policy_kept BEFORE DELETE ON hours_policy FOR EACH ROW EXECUTE FUNCTION hours_policy_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER hours_policy_kept_no_truncate BEFORE TRUNCATE ON hours_policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TRIGGER hours_policy_no_truncate BEFORE TRUNCATE ON hours_policy FOR EACH STATEMENT EXECUTE FUNCTION hours_policy_kept()
-- next
CREATE TABLE brought_batch (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	source VARCHAR(60) NOT NULL, 
	evidence VARCHAR(500) NOT NULL, 
	file_name VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	rows BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	made_by_user_id BIGINT NOT NULL, 
	made_by_id BIGINT, 
	made_by_name VARCHAR(80) NOT NULL, 
	act_key UUID NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	CONSTRAINT pk_brought_batch PRIMARY KEY (id), 
	CONSTRAINT ck_brought_batch_state_known CHECK (state IN ('waiting', 'booked', 'refused')), 
	CONSTRAINT fk_brought_batch_community_id_source_brought_source FOREIGN KEY(community_id, source) REFERENCES brought_source (community_id, name), 
	CONSTRAINT ck_brought_batch_evidence_told CHECK (length(evidence) > 0), 
	CONSTRAINT ck_brought_batch_rows_bounded CHECK (rows BETWEEN 1 AND 1000), 
	CONSTRAINT ck_brought_batch_minutes_of_rows CHECK (minutes >= rows), 
	CONSTRAINT ck_brought_batch_decided_at_a_moment CHECK ((state = 'waiting') = (decided_at IS NULL)), 
	CONSTRAINT ck_brought_batch_booked_by_second CHECK (state <> 'booked' OR (decided_by_user_id IS NOT NULL AND decided_by_user_id <> made_by_user_id)), 
	CONSTRAINT ck_brought_batch_refused_with_reason CHECK (state <> 'refused' OR length(reason) > 0), 
	CONSTRAINT fk_brought_batch_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_brought_batch_made_by_user_id_user_account FOREIGN KEY(made_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_brought_batch_made_by_id_person FOREIGN KEY(made_by_id) REFERENCES person (id), 
	CONSTRAINT uq_brought_batch_act_key UNIQUE (act_key), 
	CONSTRAINT fk_brought_batch_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_brought_batch_community ON brought_batch (community_id, id)
-- next
CREATE FUNCTION brought_batch_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('waiting>booked', 'waiting>refused')) THEN
    RAISE EXCEPTION 'brought_batch_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.source::text IS DISTINCT FROM OLD.source::text OR NEW.evidence::text IS DISTINCT FROM OLD.evidence::text OR NEW.file_name::text IS DISTINCT FROM OLD.file_name::text OR NEW.digest::text IS DISTINCT FROM OLD.digest::text OR NEW.rows::text IS DISTINCT FROM OLD.rows::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.made_at::text IS DISTINCT FROM OLD.made_at::text OR NEW.made_by_user_id::text IS DISTINCT FROM OLD.made_by_user_id::text OR NEW.made_by_id::text IS DISTINCT FROM OLD.made_by_id::text OR NEW.act_key::text IS DISTINCT FROM OLD.act_key::text)) THEN
    RAISE EXCEPTION 'brought_batch_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'waiting' AND (NEW.state::text IS DISTINCT FROM OLD.state::text OR NEW.decided_at::text IS DISTINCT FROM OLD.decided_at::text OR NEW.decided_by_user_id::text IS DISTINCT FROM OLD.decided_by_user_id::text OR NEW.reason::text IS DISTINCT FROM OLD.reason::text)) THEN
    RAISE EXCEPTION 'brought_batch_decided' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'waiting') THEN
    RAISE EXCEPTION 'brought_batch_begins' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER brought_batch_guard BEFORE INSERT OR UPDATE ON brought_batch FOR EACH ROW EXECUTE FUNCTION brought_batch_guard()
-- next
CREATE OR REPLACE FUNCTION brought_batch_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'brought_batch_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER brought_batch_kept_delete BEFORE DELETE ON brought_batch FOR EACH ROW EXECUTE FUNCTION brought_batch_kept()
-- next
CREATE TRIGGER brought_batch_kept_truncate BEFORE TRUNCATE ON brought_batch FOR EACH STATEMENT EXECUTE FUNCTION brought_batch_kept()
-- next
CREATE TABLE care_voucher_move (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	voucher_id BIGINT NOT NULL, 
	from_id BIGINT NOT NULL, 
	to_id BIGINT NOT NULL, 
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_voucher_move PRIMARY KEY (id), 
	CONSTRAINT ck_care_voucher_move_to_another CHECK (from_id <> to_id), 
	CONSTRAINT fk_care_voucher_move_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_voucher_move_voucher_id_care_voucher FOREIGN KEY(voucher_id) REFERENCES care_voucher (id), 
	CONSTRAINT fk_care_voucher_move_from_id_person FOREIGN KEY(from_id) REFERENCES person (id), 
	CONSTRAINT fk_care_voucher_move_to_id_person FOREIGN KEY(to_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_care_voucher_move_community_id ON care_voucher_move (community_id)
-- next
CREATE INDEX ix_care_voucher_move_voucher_id ON care_voucher_move (voucher_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_voucher_move_no_change BEFORE UPDATE OR DELETE ON care_voucher_move
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_voucher_move_no_truncate BEFORE TRUNCATE ON care_voucher_move
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE guardian_consent (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	minor_id BIGINT NOT NULL, 
	guardian_id BIGINT NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	witnessed_by_user_id BIGINT, 
	witnessed_by_name VARCHAR(80) NOT NULL, 
	withdrawn_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_guardian_consent PRIMARY KEY (id), 
	CONSTRAINT ck_guardian_consent_two_people CHECK (minor_id <> guardian_id), 
	CONSTRAINT ck_guardian_consent_moments_in_order CHECK (withdrawn_at IS NULL OR withdrawn_at >= given_at), 
	CONSTRAINT fk_guardian_consent_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_guardian_consent_minor_id_person FOREIGN KEY(minor_id) REFERENCES person (id), 
	CONSTRAINT fk_guardian_consent_guardian_id_person FOREIGN KEY(guardian_id) REFERENCES person (id), 
	CONSTRAINT fk_guardian_consent_witnessed_by_user_id_user_account FOREIGN KEY(witnessed_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_guardian_consent_community_id ON guardian_consent (community_id)
-- next
CREATE INDEX ix_guardian_consent_guardian_id ON guardian_consent (guardian_id)
-- next
CREATE INDEX ix_guardian_consent_minor ON guardian_consent (minor_id, withdrawn_at)
-- next
CREATE FUNCTION guardian_consent_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.minor_id::text IS DISTINCT FROM OLD.minor_id::text OR NEW.guardian_id::text IS DISTINCT FROM OLD.guardian_id::text OR NEW.given_at::text IS DISTINCT FROM OLD.given_at::text OR NEW.witnessed_by_user_id::text IS DISTINCT FROM OLD.witnessed_by_user_id::text)) THEN
    RAISE EXCEPTION 'guardian_consent_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at::text IS DISTINCT FROM OLD.withdrawn_at::text)) THEN
    RAISE EXCEPTION 'guardian_consent_withdrawn' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER guardian_consent_guard BEFORE INSERT OR UPDATE ON guardian_consent FOR EACH ROW EXECUTE FUNCTION guardian_consent_guard()
-- next
CREATE OR REPLACE FUNCTION guardian_consent_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'guardian_consent_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER guardian_consent_kept_delete BEFORE DELETE ON guardian_consent FOR EACH ROW EXECUTE FUNCTION guardian_consent_kept()
-- next
CREATE TRIGGER guardian_consent_kept_truncate BEFORE TRUNCATE ON guardian_consent FOR EACH STATEMENT EXECUTE FUNCTION guardian_consent_kept()
-- next
CREATE TABLE volunteer_admission (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	words TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	applied_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	applied_by_user_id BIGINT, 
	applied_by_name VARCHAR(80) NOT NULL, 
	identity_note TEXT NOT NULL, 
	checked_at TIMESTAMP WITH TIME ZONE, 
	checked_by_id BIGINT, 
	checked_by_user_id BIGINT, 
	checked_by_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_id BIGINT, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_volunteer_admission PRIMARY KEY (id), 
	CONSTRAINT ck_volunteer_admission_state_known CHECK (state IN ('applied', 'checked', 'admitted', 'refused', 'suspended')), 
	CONSTRAINT ck_volunteer_admission_checked_how CHECK (state NOT IN ('checked', 'admitted') OR (checked_at IS NOT NULL AND identity_note <> '')), 
	CONSTRAINT ck_volunteer_admission_decided_when CHECK (state NOT IN ('admitted', 'refused', 'suspended') OR decided_at IS NOT NULL), 
	CONSTRAINT ck_volunteer_admission_refused_why CHECK (state NOT IN ('refused', 'suspended') OR reason <> ''), 
	CONSTRAINT ck_volunteer_admission_by_two CHECK (state <> 'admitted' OR ((checked_by_user_id IS NULL OR checked_by_user_id <> decided_by_user_id) AND (checked_by_id IS NULL OR decided_by_id IS NULL OR checked_by_id <> decided_by_id))), 
	CONSTRAINT ck_volunteer_admission_never_oneself CHECK ((checked_by_id IS NULL OR checked_by_id <> person_id) AND (decided_by_id IS NULL OR decided_by_id <> person_id)), 
	CONSTRAINT fk_volunteer_admission_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_volunteer_admission_person_id UNIQUE (person_id), 
	CONSTRAINT fk_volunteer_admission_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_volunteer_admission_applied_by_user_id_user_account FOREIGN KEY(applied_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_volunteer_admission_checked_by_id_person FOREIGN KEY(checked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_volunteer_admission_checked_by_user_id_user_account FOREIGN KEY(checked_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_volunteer_admission_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_volunteer_admission_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_volunteer_admission_state ON volunteer_admission (community_id, state, id)
-- next
CREATE FUNCTION volunteer_admission_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('admitted>suspended', 'applied>checked', 'applied>refused', 'checked>admitted', 'checked>refused', 'refused>applied', 'suspended>checked')) THEN
    RAISE EXCEPTION 'volunteer_admission_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text)) THEN
    RAISE EXCEPTION 'volunteer_admission_told' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER volunteer_admission_guard BEFORE INSERT OR UPDATE ON volunteer_admission FOR EACH ROW EXECUTE FUNCTION volunteer_admission_guard()
-- next
CREATE OR REPLACE FUNCTION volunteer_admission_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'volunteer_admission_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER volunteer_admission_kept_delete BEFORE DELETE ON volunteer_admission FOR EACH ROW EXECUTE FUNCTION volunteer_admission_kept()
-- next
CREATE TRIGGER volunteer_admission_kept_truncate BEFORE TRUNCATE ON volunteer_admission FOR EACH STATEMENT EXECUTE FUNCTION volunteer_admission_kept()
-- next
CREATE TABLE accident_cover (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT, 
	policy_number VARCHAR(60) NOT NULL, 
	insurer VARCHAR(80) NOT NULL, 
	from_on DATE NOT NULL, 
	until_on DATE NOT NULL, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	noted_by_user_id BIGINT, 
	noted_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_accident_cover PRIMARY KEY (id), 
	CONSTRAINT ck_accident_cover_days_in_order CHECK (until_on >= from_on), 
	CONSTRAINT ck_accident_cover_named CHECK (policy_number <> '' AND insurer <> ''), 
	CONSTRAINT fk_accident_cover_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_accident_cover_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_accident_cover_noted_by_user_id_user_account FOREIGN KEY(noted_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_accident_cover_person ON accident_cover (community_id, person_id, until_on)
-- next
CREATE FUNCTION accident_cover_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.policy_number::text IS DISTINCT FROM OLD.policy_number::text OR NEW.insurer::text IS DISTINCT FROM OLD.insurer::text OR NEW.from_on::text IS DISTINCT FROM OLD.from_on::text OR NEW.until_on::text IS DISTINCT FROM OLD.until_on::text OR NEW.noted_at::text IS DISTINCT FROM OLD.noted_at::text OR NEW.noted_by_user_id::text IS DISTINCT FROM OLD.noted_by_user_id::text OR NEW.noted_by_name::text IS DISTINCT FROM OLD.noted_by_name::text)) THEN
    RAISE EXCEPTION 'accident_cover_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.person_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = NEW.person_id AND p.community_id = NEW.community_id)) THEN
    RAISE EXCEPTION 'accident_cover_foreign' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER accident_cover_guard BEFORE INSERT OR UPDATE ON accident_cover FOR EACH ROW EXECUTE FUNCTION accident_cover_guard()
-- next
CREATE OR REPLACE FUNCTION accident_cover_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'accident_cover_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER accident_cover_kept_delete BEFORE DELETE ON accident_cover FOR EACH ROW EXECUTE FUNCTION accident_cover_kept()
-- next
CREATE TRIGGER accident_cover_kept_truncate BEFORE TRUNCATE ON accident_cover FOR EACH STATEMENT EXECUTE FUNCTION accident_cover_kept()
-- next
CREATE TABLE care_waiting (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	slot_id BIGINT, 
	on_day DATE NOT NULL, 
	quantity BIGINT NOT NULL, 
	places BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	relative_id BIGINT, 
	asked_by VARCHAR(80) NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	offered_until TIMESTAMP WITH TIME ZONE, 
	booking_id BIGINT, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_care_waiting PRIMARY KEY (id), 
	CONSTRAINT fk_care_waiting_slot_id_service_id_care_slot FOREIGN KEY(slot_id, service_id) REFERENCES care_slot (id, service_id), 
	CONSTRAINT ck_care_waiting_state_known CHECK (state IN ('in_line', 'place_offered', 'place_taken', 'place_lapsed', 'left_line')), 
	CONSTRAINT ck_care_waiting_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_care_waiting_places_sensible CHECK (places BETWEEN 1 AND quantity), 
	CONSTRAINT ck_care_waiting_resolved_once CHECK ((state IN ('in_line', 'place_offered')) = (resolved_at IS NULL)), 
	CONSTRAINT ck_care_waiting_offer_ends CHECK (state <> 'place_offered' OR offered_until IS NOT NULL), 
	CONSTRAINT ck_care_waiting_taken_booked CHECK ((state = 'place_taken') = (booking_id IS NOT NULL)), 
	CONSTRAINT fk_care_waiting_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_care_waiting_key UNIQUE (key), 
	CONSTRAINT fk_care_waiting_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_waiting_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_waiting_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id), 
	CONSTRAINT uq_care_waiting_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_care_waiting_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id)
)
-- next
CREATE INDEX ix_care_waiting_community_id ON care_waiting (community_id)
-- next
CREATE INDEX ix_care_waiting_person_id_on_day ON care_waiting (person_id, on_day)
-- next
CREATE INDEX ix_care_waiting_service_id_on_day_state ON care_waiting (service_id, on_day, state)
-- next
CREATE INDEX ix_care_waiting_state_offered_until ON care_waiting (state, offered_until)
-- next
CREATE UNIQUE INDEX uq_care_waiting_open ON care_waiting (person_id, service_id, on_day, coalesce(slot_id, 0)) WHERE state IN ('in_line', 'place_offered')
-- next
CREATE FUNCTION care_waiting_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'care_waiting_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_waiting_benefits_off BEFORE INSERT ON care_waiting FOR EACH ROW EXECUTE FUNCTION care_waiting_benefits_off()
-- next
CREATE FUNCTION care_waiting_service_age() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s, person v WHERE s.id = NEW.service_id AND s.age_min IS NOT NULL AND v.id = NEW.person_id AND COALESCE((to_char(NEW.on_day, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000, 0) < s.age_min) THEN RAISE EXCEPTION 'care_waiting_service_age' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_waiting_service_age BEFORE INSERT ON care_waiting FOR EACH ROW EXECUTE FUNCTION care_waiting_service_age()
-- next
CREATE FUNCTION care_waiting_service_day_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT (FALSE) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR NEW.on_day >= s.weekdays_from) AND ((s.weekdays >> (extract(isodow FROM NEW.on_day)::int - 1)) & 1) = 0) THEN RAISE EXCEPTION 'care_waiting_service_day_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_waiting_service_day_insert BEFORE INSERT ON care_waiting FOR EACH ROW EXECUTE FUNCTION care_waiting_service_day_insert()
-- next
CREATE TABLE organisation_leader (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	organisation_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	named_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	named_by_id BIGINT, 
	named_by_user_id BIGINT, 
	named_by_name VARCHAR(80) NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_organisation_leader PRIMARY KEY (id), 
	CONSTRAINT fk_organisation_leader_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_organisation_leader_named_by_another CHECK (named_by_id <> person_id), 
	CONSTRAINT ck_organisation_leader_moments_in_order CHECK (ended_at >= named_at), 
	CONSTRAINT fk_organisation_leader_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_organisation_leader_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_organisation_leader_named_by_id_person FOREIGN KEY(named_by_id) REFERENCES person (id), 
	CONSTRAINT fk_organisation_leader_named_by_user_id_user_account FOREIGN KEY(named_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_organisation_leader_community ON organisation_leader (community_id)
-- next
CREATE INDEX ix_organisation_leader_person ON organisation_leader (person_id)
-- next
CREATE UNIQUE INDEX uq_organisation_leader_open ON organisation_leader (organisation_id, person_id) WHERE ended_at IS NULL
-- next
CREATE FUNCTION organisation_leader_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.organisation_id::text IS DISTINCT FROM OLD.organisation_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.named_at::text IS DISTINCT FROM OLD.named_at::text OR NEW.named_by_id::text IS DISTINCT FROM OLD.named_by_id::text OR NEW.named_by_user_id::text IS DISTINCT FROM OLD.named_by_user_id::text OR NEW.named_by_name::text IS DISTINCT FROM OLD.named_by_name::text)) THEN
    RAISE EXCEPTION 'organisation_leader_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'organisation_leader_ended' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM organisation o WHERE o.id = NEW.organisation_id AND o.community_id = NEW.community_id)) THEN
    RAISE EXCEPTION 'organisation_leader_elsewhere' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER organisation_leader_guard BEFORE INSERT OR UPDATE ON organisation_leader FOR EACH ROW EXECUTE FUNCTION organisation_leader_guard()
-- next
CREATE OR REPLACE FUNCTION organisation_leader_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'organisation_leader_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER organisation_leader_kept_delete BEFORE DELETE ON organisation_leader FOR EACH ROW EXECUTE FUNCTION organisation_leader_kept()
-- next
CREATE TRIGGER organisation_leader_kept_truncate BEFORE TRUNCATE ON organisation_leader FOR EACH STATEMENT EXECUTE FUNCTION organisation_leader_kept()
-- next
CREATE TABLE organisation_member (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	organisation_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	asked_by_id BIGINT NOT NULL, 
	asked_by_user_id BIGINT, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	answered_by_id BIGINT, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by_id BIGINT, 
	CONSTRAINT pk_organisation_member PRIMARY KEY (id), 
	CONSTRAINT fk_organisation_member_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_organisation_member_state_known CHECK (state IN ('asked', 'agreed', 'declined', 'left')), 
	CONSTRAINT ck_organisation_member_answered_when CHECK ((answered_at IS NOT NULL OR state NOT IN ('agreed', 'declined')) AND (answered_at IS NULL OR state <> 'asked')), 
	CONSTRAINT ck_organisation_member_answered_by CHECK ((answered_at IS NULL) = (answered_by_id IS NULL)), 
	CONSTRAINT ck_organisation_member_own_consent CHECK (answered_by_id = person_id), 
	CONSTRAINT ck_organisation_member_ended_when CHECK ((state IN ('declined', 'left')) = (ended_at IS NOT NULL)), 
	CONSTRAINT fk_organisation_member_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_organisation_member_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_organisation_member_asked_by_id_person FOREIGN KEY(asked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_organisation_member_asked_by_user_id_user_account FOREIGN KEY(asked_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_organisation_member_answered_by_id_person FOREIGN KEY(answered_by_id) REFERENCES person (id), 
	CONSTRAINT fk_organisation_member_ended_by_id_person FOREIGN KEY(ended_by_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_organisation_member_community ON organisation_member (community_id)
-- next
CREATE INDEX ix_organisation_member_person ON organisation_member (person_id, state)
-- next
CREATE INDEX ix_organisation_member_state ON organisation_member (organisation_id, state)
-- next
CREATE UNIQUE INDEX uq_organisation_member_open ON organisation_member (organisation_id, person_id) WHERE state IN ('asked', 'agreed')
-- next
CREATE FUNCTION organisation_member_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('agreed>left', 'asked>agreed', 'asked>declined', 'asked>left')) THEN
    RAISE EXCEPTION 'organisation_member_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.organisation_id::text IS DISTINCT FROM OLD.organisation_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.asked_at::text IS DISTINCT FROM OLD.asked_at::text OR NEW.asked_by_id::text IS DISTINCT FROM OLD.asked_by_id::text OR NEW.asked_by_user_id::text IS DISTINCT FROM OLD.asked_by_user_id::text)) THEN
    RAISE EXCEPTION 'organisation_member_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.answered_at IS NOT NULL AND (NEW.answered_at::text IS DISTINCT FROM OLD.answered_at::text OR NEW.answered_by_id::text IS DISTINCT FROM OLD.answered_by_id::text)) THEN
    RAISE EXCEPTION 'organisation_member_answered' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'organisation_member_ended' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM organisation o WHERE o.id = NEW.organisation_id AND o.community_id = NEW.community_id)) THEN
    RAISE EXCEPTION 'organisation_member_elsewhere' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM organisation_leader l WHERE l.organisation_id = NEW.organisation_id AND l.person_id = NEW.asked_by_id AND l.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'organisation_member_unled' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM person p WHERE p.id = NEW.person_id AND p.born_on + interval '18 years' > (NEW.asked_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'organisation_member_minor' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'asked') THEN
    RAISE EXCEPTION 'organisation_member_begins' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER organisation_member_guard BEFORE INSERT OR UPDATE ON organisation_member FOR EACH ROW EXECUTE FUNCTION organisation_member_guard()
-- next
CREATE OR REPLACE FUNCTION organisation_member_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'organisation_member_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER organisation_member_kept_delete BEFORE DELETE ON organisation_member FOR EACH ROW EXECUTE FUNCTION organisation_member_kept()
-- next
CREATE TRIGGER organisation_member_kept_truncate BEFORE TRUNCATE ON organisation_member FOR EACH STATEMENT EXECUTE FUNCTION organisation_member_kept()
-- next
CREATE TABLE desk_rules (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	in_force_on DATE NOT NULL, 
	set_on DATE NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by_user_id BIGINT, 
	set_by_name VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	second_minutes BIGINT, 
	second_points BIGINT, 
	pair_percent BIGINT NOT NULL, 
	reviewer_percent BIGINT NOT NULL, 
	day_minutes BIGINT NOT NULL, 
	travel_minutes BIGINT NOT NULL, 
	late_days BIGINT NOT NULL, 
	check_percent BIGINT NOT NULL, 
	check_least BIGINT NOT NULL, 
	appeal_days BIGINT NOT NULL, 
	appeal_decided_days BIGINT NOT NULL, 
	arbitration_days BIGINT NOT NULL, 
	arbitration_decided_days BIGINT NOT NULL, 
	CONSTRAINT pk_desk_rules PRIMARY KEY (id), 
	CONSTRAINT uq_desk_rules_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_desk_rules_version_counts_from_one CHECK (version > 0), 
	CONSTRAINT ck_desk_rules_not_in_past CHECK (in_force_on >= set_on), 
	CONSTRAINT ck_desk_rules_second_minutes_in_range CHECK (second_minutes BETWEEN 1 AND 1440), 
	CONSTRAINT ck_desk_rules_second_points_in_range CHECK (second_points BETWEEN 1 AND 100), 
	CONSTRAINT ck_desk_rules_pair_percent_in_range CHECK (pair_percent BETWEEN 1 AND 100), 
	CONSTRAINT ck_desk_rules_reviewer_percent_in_range CHECK (reviewer_percent BETWEEN 1 AND 100), 
	CONSTRAINT ck_desk_rules_day_minutes_in_range CHECK (day_minutes BETWEEN 1 AND 1440), 
	CONSTRAINT ck_desk_rules_travel_minutes_in_range CHECK (travel_minutes BETWEEN 1 AND 120), 
	CONSTRAINT ck_desk_rules_late_days_in_range CHECK (late_days BETWEEN 1 AND 366), 
	CONSTRAINT ck_desk_rules_check_percent_in_range CHECK (check_percent BETWEEN 0 AND 100), 
	CONSTRAINT ck_desk_rules_check_least_in_range CHECK (check_least BETWEEN 0 AND 60), 
	CONSTRAINT ck_desk_rules_appeal_days_in_range CHECK (appeal_days BETWEEN 1 AND 180), 
	CONSTRAINT ck_desk_rules_appeal_decided_days_in_range CHECK (appeal_decided_days BETWEEN 1 AND 60), 
	CONSTRAINT ck_desk_rules_arbitration_days_in_range CHECK (arbitration_days BETWEEN 1 AND 180), 
	CONSTRAINT ck_desk_rules_arbitration_decided_days_in_range CHECK (arbitration_decided_days BETWEEN 1 AND 60), 
	CONSTRAINT fk_desk_rules_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_desk_rules_set_by_user_id_user_account FOREIGN KEY(set_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER desk_rules_no_change BEFORE UPDATE OR DELETE ON desk_rules
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER desk_rules_no_truncate BEFORE TRUNCATE ON desk_rules
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_refusal (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	service_id BIGINT, 
	person_id BIGINT NOT NULL, 
	operator_user_id BIGINT, 
	operator_name VARCHAR(60) NOT NULL, 
	reason VARCHAR(12) NOT NULL, 
	on_day DATE NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_refusal PRIMARY KEY (id), 
	CONSTRAINT ck_care_refusal_reason_known CHECK (reason IN ('own_or_kin', 'minutes', 'full', 'day_limit', 'day_minutes', 'voucher_over')), 
	CONSTRAINT fk_care_refusal_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_refusal_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_refusal_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_refusal_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_refusal_operator_user_id_user_account FOREIGN KEY(operator_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_refusal_centre_id_on_day ON care_refusal (centre_id, on_day)
-- next
CREATE INDEX ix_care_refusal_community_id ON care_refusal (community_id)
-- next
CREATE INDEX ix_care_refusal_operator_user_id ON care_refusal (operator_user_id)
-- next
CREATE INDEX ix_care_refusal_person_id ON care_refusal (person_id)
-- next
CREATE INDEX ix_care_refusal_service_id ON care_refusal (service_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_refusal_no_change BEFORE UPDATE OR DELETE ON care_refusal
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_refusal_no_truncate BEFORE TRUNCATE ON care_refusal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_offline_token (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	serial VARCHAR(16) NOT NULL, 
	token TEXT NOT NULL, 
	person_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	booking_id BIGINT, 
	quantity BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	consent VARCHAR(8) NOT NULL, 
	issued_by VARCHAR(80) NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	revoke_reason TEXT NOT NULL, 
	CONSTRAINT pk_care_offline_token PRIMARY KEY (id), 
	CONSTRAINT ck_care_offline_token_state_known CHECK (state IN ('issued', 'used', 'revoked')), 
	CONSTRAINT ck_care_offline_token_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_care_offline_token_minutes_fit CHECK (minutes BETWEEN 1 AND 65535), 
	CONSTRAINT ck_care_offline_token_days_in_order CHECK (last_on >= first_on), 
	CONSTRAINT ck_care_offline_token_revoked_once CHECK ((state = 'revoked') = (revoked_at IS NOT NULL)), 
	CONSTRAINT fk_care_offline_token_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_offline_token_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT uq_care_offline_token_serial UNIQUE (serial), 
	CONSTRAINT fk_care_offline_token_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_offline_token_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_offline_token_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id), 
	CONSTRAINT uq_care_offline_token_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_care_offline_token_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id)
)
-- next
CREATE INDEX ix_care_offline_token_centre_id_first_on ON care_offline_token (centre_id, first_on)
-- next
CREATE INDEX ix_care_offline_token_community_id ON care_offline_token (community_id)
-- next
CREATE INDEX ix_care_offline_token_person_id_state ON care_offline_token (person_id, state)
-- next
CREATE FUNCTION care_offline_token_spent() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state <> 'issued' OR NEW.minutes <> OLD.minutes OR NEW.person_id <> OLD.person_id OR NEW.serial <> OLD.serial THEN RAISE EXCEPTION 'care_offline_token_spent' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_offline_token_spent BEFORE UPDATE ON care_offline_token FOR EACH ROW EXECUTE FUNCTION care_offline_token_spent()
-- next
CREATE FUNCTION care_offline_token_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'care_offline_token_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_offline_token_benefits_off BEFORE INSERT ON care_offline_token FOR EACH ROW EXECUTE FUNCTION care_offline_token_benefits_off()
-- next
CREATE TABLE case_file (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	number VARCHAR(16) NOT NULL, 
	source VARCHAR(16) NOT NULL, 
	category VARCHAR(16) NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	description TEXT NOT NULL, 
	origin VARCHAR(80) NOT NULL, 
	micro_grid_id BIGINT NOT NULL, 
	place_text VARCHAR(80) NOT NULL, 
	reporter_person_id BIGINT, 
	reporter_name TEXT, 
	reporter_phone TEXT, 
	registered_by_user_id BIGINT, 
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	holder_user_id BIGINT, 
	holder_person_id BIGINT, 
	holder_name VARCHAR(40), 
	outcome VARCHAR(16), 
	answer VARCHAR(16), 
	asked JSON, 
	paused_until TIMESTAMP WITH TIME ZONE, 
	feedback_tries BIGINT NOT NULL, 
	assigned_user_id BIGINT, 
	assigned_name VARCHAR(80), 
	level VARCHAR(12) NOT NULL, 
	dispute VARCHAR(8), 
	whistles BIGINT NOT NULL, 
	open_whistles BIGINT NOT NULL, 
	meeting_on DATE, 
	master_id BIGINT, 
	merged_from VARCHAR(16), 
	children BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	is_provisional BOOLEAN NOT NULL, 
	step VARCHAR(16), 
	order_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	respond_started_at TIMESTAMP WITH TIME ZONE, 
	respond_due_at TIMESTAMP WITH TIME ZONE, 
	respond_done_at TIMESTAMP WITH TIME ZONE, 
	respond_why JSON, 
	claim_started_at TIMESTAMP WITH TIME ZONE, 
	claim_due_at TIMESTAMP WITH TIME ZONE, 
	claim_done_at TIMESTAMP WITH TIME ZONE, 
	claim_why JSON, 
	resolve_started_at TIMESTAMP WITH TIME ZONE, 
	resolve_due_at TIMESTAMP WITH TIME ZONE, 
	resolve_done_at TIMESTAMP WITH TIME ZONE, 
	resolve_why JSON, 
	feed_back_started_at TIMESTAMP WITH TIME ZONE, 
	feed_back_due_at TIMESTAMP WITH TIME ZONE, 
	feed_back_done_at TIMESTAMP WITH TIME ZONE, 
	feed_back_why JSON, 
	CONSTRAINT pk_case_file PRIMARY KEY (id), 
	CONSTRAINT uq_case_file_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT uq_case_file_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_case_file_source_known CHECK (source IN ('assigned', 'reported', 'patrol')), 
	CONSTRAINT ck_case_file_category_known CHECK (category IN ('fire_safety', 'facilities', 'sanitation', 'fumes_noise', 'parking', 'street_order', 'dispute', 'care', 'other')), 
	CONSTRAINT ck_case_file_state_known CHECK (state IN ('registered', 'responded', 'claimed', 'resolved', 'fed_back', 'closed', 'cancelled', 'rejected', 'merged')), 
	CONSTRAINT ck_case_file_outcome_known CHECK (outcome IS NULL OR outcome IN ('solved', 'explained', 'cannot')), 
	CONSTRAINT ck_case_file_answer_known CHECK (answer IS NULL OR answer IN ('solved', 'unsolved', 'unreachable')), 
	CONSTRAINT ck_case_file_step_known CHECK (step IS NULL OR step IN ('respond', 'claim', 'resolve', 'feed_back')), 
	CONSTRAINT ck_case_file_counted_from_one CHECK (version >= 1 AND round >= 1 AND serial >= 1), 
	CONSTRAINT ck_case_file_held_once_claimed CHECK (state = 'merged' OR (state IN ('claimed', 'resolved', 'fed_back', 'closed')) = (holder_name IS NOT NULL)), 
	CONSTRAINT ck_case_file_around_known CHECK (level IN ('unit', 'cooperative', 'community', 'subdistrict') AND (dispute IS NULL OR dispute IN ('open', 'decided')) AND (merged_from IS NULL OR merged_from IN ('registered', 'responded', 'claimed', 'resolved', 'fed_back', 'closed', 'cancelled', 'rejected', 'merged'))), 
	CONSTRAINT ck_case_file_merged_into_another CHECK ((state = 'merged') = (master_id IS NOT NULL) AND (state = 'merged') = (merged_from IS NOT NULL) AND master_id <> id), 
	CONSTRAINT ck_case_file_counted_around CHECK (open_whistles >= 0 AND open_whistles <= whistles AND children >= 0), 
	CONSTRAINT ck_case_file_no_end_before_theirs CHECK ((open_whistles = 0 OR state IN ('responded', 'claimed')) AND (children = 0 OR state NOT IN ('merged', 'cancelled', 'rejected'))), 
	CONSTRAINT ck_case_file_assigned_by_name CHECK ((assigned_user_id IS NULL) = (assigned_name IS NULL)), 
	CONSTRAINT ck_case_file_ended_when_cut_short CHECK ((ended_at IS NOT NULL) = (state IN ('cancelled', 'rejected', 'merged'))), 
	CONSTRAINT ck_case_file_respond_ordered CHECK (respond_done_at IS NULL OR respond_done_at >= respond_started_at), 
	CONSTRAINT ck_case_file_resolve_ordered CHECK (resolve_done_at IS NULL OR resolve_done_at >= resolve_started_at), 
	CONSTRAINT fk_case_file_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_file_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_case_file_reporter_person_id_person FOREIGN KEY(reporter_person_id) REFERENCES person (id), 
	CONSTRAINT fk_case_file_registered_by_user_id_user_account FOREIGN KEY(registered_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_file_holder_user_id_user_account FOREIGN KEY(holder_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_file_holder_person_id_person FOREIGN KEY(holder_person_id) REFERENCES person (id), 
	CONSTRAINT fk_case_file_assigned_user_id_user_account FOREIGN KEY(assigned_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_file_master_id_case_file FOREIGN KEY(master_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_case_file_community_id_assigned_user_id ON case_file (community_id, assigned_user_id)
-- next
CREATE INDEX ix_case_file_community_id_holder_user_id_order_at ON case_file (community_id, holder_user_id, order_at)
-- next
CREATE INDEX ix_case_file_community_id_order_at_id ON case_file (community_id, order_at, id)
-- next
CREATE INDEX ix_case_file_community_id_registered_at_id ON case_file (community_id, registered_at, id)
-- next
CREATE INDEX ix_case_file_master_id ON case_file (master_id) WHERE master_id IS NOT NULL
-- next
CREATE INDEX ix_case_file_micro_grid_id_order_at_id ON case_file (micro_grid_id, order_at, id)
-- next
CREATE INDEX ix_case_file_open ON case_file (community_id, order_at, id) WHERE state NOT IN ('closed', 'rejected', 'merged', 'cancelled')
-- next
CREATE INDEX ix_case_file_provisional ON case_file (community_id, id) WHERE is_provisional
-- next
CREATE INDEX ix_case_file_reporter_person_id ON case_file (reporter_person_id)
-- next
CREATE FUNCTION case_file_whistled() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state = 'resolved' AND OLD.state <> 'resolved' AND EXISTS (SELECT 1 FROM case_whistle w WHERE w.case_id = NEW.id AND w.ended_at IS NULL) THEN RAISE EXCEPTION 'case_file_whistled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER case_file_whistled BEFORE UPDATE ON case_file FOR EACH ROW EXECUTE FUNCTION case_file_whistled()
-- next
CREATE FUNCTION case_file_merges() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.master_id IS NOT NULL AND (EXISTS (SELECT 1 FROM case_file m WHERE m.id = NEW.master_id AND (m.master_id IS NOT NULL OR m.community_id <> NEW.community_id OR m.state NOT IN ('registered', 'responded', 'claimed', 'resolved'))) OR EXISTS (SELECT 1 FROM case_file c WHERE c.master_id = NEW.id)) AND OLD.master_id IS NULL THEN RAISE EXCEPTION 'case_file_merges' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER case_file_merges BEFORE UPDATE ON case_file FOR EACH ROW EXECUTE FUNCTION case_file_merges()
-- next
CREATE TABLE deadline_policy (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	in_force_on DATE NOT NULL, 
	note TEXT NOT NULL, 
	rolls VARCHAR(12) NOT NULL, 
	morning_from BIGINT NOT NULL, 
	morning_until BIGINT NOT NULL, 
	afternoon_from BIGINT, 
	afternoon_until BIGINT, 
	report_in_minutes BIGINT NOT NULL, 
	reopen_days BIGINT NOT NULL, 
	drafted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	drafted_by_user_id BIGINT, 
	drafted_by_id BIGINT, 
	drafted_by_name VARCHAR(80) NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	approved_on DATE, 
	approved_by_user_id BIGINT, 
	approved_by_id BIGINT, 
	approved_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_deadline_policy PRIMARY KEY (id), 
	CONSTRAINT uq_deadline_policy_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_deadline_policy_version_after_the_house CHECK (version > 1), 
	CONSTRAINT ck_deadline_policy_state_known CHECK (state IN ('draft', 'approved', 'discarded')), 
	CONSTRAINT ck_deadline_policy_rolls_known CHECK (rolls IN ('never', 'holidays', 'rest_days')), 
	CONSTRAINT ck_deadline_policy_morning_in_order CHECK (0 <= morning_from AND morning_from < morning_until AND morning_until <= 1440), 
	CONSTRAINT ck_deadline_policy_afternoon_in_order CHECK ((afternoon_from IS NULL AND afternoon_until IS NULL) OR (afternoon_from IS NOT NULL AND morning_until < afternoon_from AND afternoon_from < afternoon_until AND afternoon_until <= 1440)), 
	CONSTRAINT ck_deadline_policy_approved_by_two CHECK (state <> 'approved' OR (drafted_by_user_id IS NOT NULL AND approved_at IS NOT NULL AND approved_by_user_id IS NOT NULL AND in_force_on >= approved_on)), 
	CONSTRAINT ck_deadline_policy_terms_in_range CHECK (report_in_minutes BETWEEN 1 AND 1440 AND reopen_days BETWEEN 1 AND 180), 
	CONSTRAINT ck_deadline_policy_approver_not_drafter CHECK (approved_by_user_id <> drafted_by_user_id), 
	CONSTRAINT ck_deadline_policy_approver_another_person CHECK (approved_by_id <> drafted_by_id), 
	CONSTRAINT fk_deadline_policy_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_deadline_policy_drafted_by_user_id_user_account FOREIGN KEY(drafted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_deadline_policy_drafted_by_id_person FOREIGN KEY(drafted_by_id) REFERENCES person (id), 
	CONSTRAINT fk_deadline_policy_approved_by_user_id_user_account FOREIGN KEY(approved_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_deadline_policy_approved_by_id_person FOREIGN KEY(approved_by_id) REFERENCES person (id)
)
-- next
CREATE UNIQUE INDEX uq_deadline_policy_day ON deadline_policy (community_id, in_force_on) WHERE state = 'approved'
-- next
CREATE FUNCTION deadline_policy_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state <> 'draft' THEN RAISE EXCEPTION 'deadline_policy_settled' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.community_id <> OLD.community_id OR NEW.version <> OLD.version OR COALESCE(NEW.drafted_by_user_id, 0) <> COALESCE(OLD.drafted_by_user_id, 0) OR COALESCE(NEW.drafted_by_id, 0) <> COALESCE(OLD.drafted_by_id, 0) THEN RAISE EXCEPTION 'deadline_policy_drafter' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER deadline_policy_guard BEFORE UPDATE ON deadline_policy FOR EACH ROW EXECUTE FUNCTION deadline_policy_guard()
-- next
CREATE FUNCTION deadline_policy_begins() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'deadline_policy_begins' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER deadline_policy_begins BEFORE INSERT ON deadline_policy FOR EACH ROW EXECUTE FUNCTION deadline_policy_begins()
-- next
CREATE FUNCTION deadline_policy_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'deadline_policy_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER deadline_policy_kept BEFORE DELETE ON deadline_policy FOR EACH ROW EXECUTE FUNCTION deadline_policy_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER deadline_policy_kept_no_truncate BEFORE TRUNCATE ON deadline_policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TRIGGER deadline_policy_no_truncate BEFORE TRUNCATE ON deadline_policy FOR EACH STATEMENT EXECUTE FUNCTION deadline_policy_kept()
-- next
CREATE TABLE work_year (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	loaded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	loaded_by_user_id BIGINT, 
	loaded_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_work_year PRIMARY KEY (id), 
	CONSTRAINT uq_work_year_community_id_year_version UNIQUE (community_id, year, version), 
	CONSTRAINT ck_work_year_counted CHECK (version > 0 AND year BETWEEN 2000 AND 2200), 
	CONSTRAINT ck_work_year_source_named CHECK (length(source) > 0), 
	CONSTRAINT fk_work_year_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_work_year_loaded_by_user_id_user_account FOREIGN KEY(loaded_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER work_year_no_change BEFORE UPDATE OR DELETE ON work_year
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER work_year_no_truncate BEFORE TRUNCATE ON work_year
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE routing_version (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	note VARCHAR(200) NOT NULL, 
	drafted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	drafted_by_user_id BIGINT, 
	drafted_by_id BIGINT, 
	drafted_by_name VARCHAR(80) NOT NULL, 
	tested_at TIMESTAMP WITH TIME ZONE, 
	tested_cases BIGINT, 
	tested_differences BIGINT, 
	on_at TIMESTAMP WITH TIME ZONE, 
	on_by_user_id BIGINT, 
	on_by_id BIGINT, 
	on_by_name VARCHAR(80) NOT NULL, 
	off_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_routing_version PRIMARY KEY (id), 
	CONSTRAINT uq_routing_version_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_routing_version_version_from_one CHECK (version >= 1), 
	CONSTRAINT ck_routing_version_state_known CHECK (state IN ('draft', 'on', 'off', 'discarded')), 
	CONSTRAINT ck_routing_version_on_after_test_by_two CHECK (state NOT IN ('on', 'off') OR (tested_at IS NOT NULL AND on_at IS NOT NULL AND on_by_user_id IS NOT NULL AND drafted_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_routing_version_switcher_not_drafter CHECK (on_by_user_id <> drafted_by_user_id), 
	CONSTRAINT ck_routing_version_switcher_another_person CHECK (on_by_id <> drafted_by_id), 
	CONSTRAINT ck_routing_version_tested_counts CHECK (tested_at IS NULL OR (tested_cases >= tested_differences AND tested_differences >= 0)), 
	CONSTRAINT fk_routing_version_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_routing_version_drafted_by_user_id_user_account FOREIGN KEY(drafted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_routing_version_drafted_by_id_person FOREIGN KEY(drafted_by_id) REFERENCES person (id), 
	CONSTRAINT fk_routing_version_on_by_user_id_user_account FOREIGN KEY(on_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_routing_version_on_by_id_person FOREIGN KEY(on_by_id) REFERENCES person (id)
)
-- next
CREATE UNIQUE INDEX uq_routing_version_on ON routing_version (community_id) WHERE state = 'on'
-- next
CREATE TABLE worker_absence (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	deputy_user_id BIGINT NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	note VARCHAR(80) NOT NULL, 
	made_on DATE NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	made_by_user_id BIGINT, 
	made_by_name VARCHAR(80) NOT NULL, 
	back_on DATE, 
	back_made_on DATE, 
	back_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_worker_absence PRIMARY KEY (id), 
	CONSTRAINT ck_worker_absence_deputy_another CHECK (user_id <> deputy_user_id), 
	CONSTRAINT ck_worker_absence_days_in_order CHECK (made_on <= first_on AND first_on <= last_on), 
	CONSTRAINT ck_worker_absence_back_not_in_the_past CHECK ((back_on IS NULL AND back_made_on IS NULL) OR (back_on IS NOT NULL AND back_made_on IS NOT NULL AND back_on >= back_made_on AND back_on <= last_on)), 
	CONSTRAINT fk_worker_absence_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_worker_absence_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_worker_absence_deputy_user_id_user_account FOREIGN KEY(deputy_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_worker_absence_made_by_user_id_user_account FOREIGN KEY(made_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_worker_absence_community_id_last_on ON worker_absence (community_id, last_on)
-- next
CREATE INDEX ix_worker_absence_user_id_last_on ON worker_absence (user_id, last_on)
-- next
CREATE FUNCTION worker_absence_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.back_on IS NOT NULL OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.deputy_user_id IS DISTINCT FROM NEW.deputy_user_id OR OLD.first_on IS DISTINCT FROM NEW.first_on OR OLD.last_on IS DISTINCT FROM NEW.last_on OR OLD.made_on IS DISTINCT FROM NEW.made_on OR OLD.made_at IS DISTINCT FROM NEW.made_at THEN RAISE EXCEPTION 'worker_absence_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER worker_absence_kept BEFORE UPDATE ON worker_absence FOR EACH ROW EXECUTE FUNCTION worker_absence_kept()
-- next
CREATE FUNCTION worker_absence_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'worker_absence_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER worker_absence_stays BEFORE DELETE ON worker_absence FOR EACH ROW EXECUTE FUNCTION worker_absence_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER worker_absence_stays_no_truncate BEFORE TRUNCATE ON worker_absence FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE notice_delivery (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	message_id BIGINT NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	key UUID NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	tries BIGINT NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	lease_until TIMESTAMP WITH TIME ZONE, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	tried_at TIMESTAMP WITH TIME ZONE, 
	problem VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_notice_delivery PRIMARY KEY (id), 
	CONSTRAINT uq_notice_delivery_message_id_channel UNIQUE (message_id, channel), 
	CONSTRAINT ck_notice_delivery_channel_known CHECK (channel IN ('mail', 'sms', 'hook')), 
	CONSTRAINT ck_notice_delivery_state_known CHECK (state IN ('waiting', 'sent', 'failed', 'parked')), 
	CONSTRAINT ck_notice_delivery_tries_bounded CHECK (tries BETWEEN 0 AND 5), 
	CONSTRAINT ck_notice_delivery_sent_has_its_moment CHECK ((state = 'sent') = (sent_at IS NOT NULL)), 
	CONSTRAINT ck_notice_delivery_lease_while_open CHECK (lease_until IS NULL OR state IN ('waiting', 'failed')), 
	CONSTRAINT ck_notice_delivery_parked_for_a_reason CHECK (state <> 'parked' OR problem <> ''), 
	CONSTRAINT fk_notice_delivery_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_notice_delivery_message_id_message FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE CASCADE, 
	CONSTRAINT uq_notice_delivery_key UNIQUE (key)
)
-- next
CREATE INDEX ix_notice_delivery_community_id_state_id ON notice_delivery (community_id, state, id)
-- next
CREATE INDEX ix_notice_delivery_due ON notice_delivery (due_at, id) WHERE state IN ('waiting', 'failed')
-- next
CREATE TABLE place_sign (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	code VARCHAR(7) NOT NULL, 
	micro_grid_id BIGINT NOT NULL, 
	description VARCHAR(80) NOT NULL, 
	lat_e6 BIGINT, 
	lng_e6 BIGINT, 
	made_by_user_id BIGINT, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	retired_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_place_sign PRIMARY KEY (id), 
	CONSTRAINT ck_place_sign_point_whole CHECK ((lat_e6 IS NULL) = (lng_e6 IS NULL)), 
	CONSTRAINT ck_place_sign_point_on_earth CHECK (lat_e6 BETWEEN -90000000 AND 90000000 AND lng_e6 BETWEEN -180000000 AND 180000000), 
	CONSTRAINT uq_place_sign_code UNIQUE (code), 
	CONSTRAINT ck_place_sign_code_whole CHECK (length(code) = 7), 
	CONSTRAINT ck_place_sign_described CHECK (length(description) > 0), 
	CONSTRAINT ck_place_sign_retired_after CHECK (retired_at IS NULL OR retired_at >= made_at), 
	CONSTRAINT fk_place_sign_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_place_sign_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_place_sign_made_by_user_id_user_account FOREIGN KEY(made_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_place_sign_community_id_id ON place_sign (community_id, id)
-- next
CREATE INDEX ix_place_sign_micro_grid_id ON place_sign (micro_grid_id)
-- next
CREATE TABLE case_list (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	file_name VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	content TEXT, 
	new_count BIGINT NOT NULL, 
	known_count BIGINT NOT NULL, 
	wrong_count BIGINT NOT NULL, 
	case_ids JSON NOT NULL, 
	staged_by_user_id BIGINT, 
	staged_by_name VARCHAR(80) NOT NULL, 
	staged_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_case_list PRIMARY KEY (id), 
	CONSTRAINT ck_case_list_state_known CHECK (state IN ('staged', 'confirmed', 'discarded')), 
	CONSTRAINT ck_case_list_content_while_staged CHECK ((state = 'staged') = (content IS NOT NULL)), 
	CONSTRAINT ck_case_list_settled_once CHECK ((state = 'staged') = (settled_at IS NULL)), 
	CONSTRAINT ck_case_list_counted CHECK (new_count >= 0 AND known_count >= 0 AND wrong_count >= 0), 
	CONSTRAINT fk_case_list_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_list_staged_by_user_id_user_account FOREIGN KEY(staged_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_case_list_community_id_id ON case_list (community_id, id)
-- next
CREATE TABLE cofund_match_run (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	through_line_id BIGINT NOT NULL, 
	at_line_id BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	seen BIGINT NOT NULL, 
	matched BIGINT NOT NULL, 
	raised BIGINT NOT NULL, 
	started_by BIGINT, 
	started_name VARCHAR(80) NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_cofund_match_run PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_match_run_state CHECK (state IN ('running', 'done', 'stopped')), 
	CONSTRAINT ck_cofund_match_run_seen CHECK (seen BETWEEN 0 AND total), 
	CONSTRAINT ck_cofund_match_run_counted CHECK (matched + raised <= seen), 
	CONSTRAINT ck_cofund_match_run_done_at CHECK ((state = 'running') = (done_at IS NULL)), 
	CONSTRAINT fk_cofund_match_run_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_match_run_started_by_user_account FOREIGN KEY(started_by) REFERENCES user_account (id)
)
-- next
CREATE UNIQUE INDEX uq_cofund_match_run_running ON cofund_match_run (community_id) WHERE state = 'running'
-- next
CREATE TABLE cofund_match_pot (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	sponsor VARCHAR(80) NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	permille BIGINT NOT NULL, 
	project_cap_fen BIGINT NOT NULL, 
	pot_account_id BIGINT, 
	sponsor_account_id BIGINT, 
	opened_by BIGINT, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_match_pot PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_match_pot_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_cofund_match_pot_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_cofund_match_pot_project_cap_fen CHECK (project_cap_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_match_pot_sponsor CHECK (party <> 'residents'), 
	CONSTRAINT ck_cofund_match_pot_permille CHECK (permille BETWEEN 1 AND 3000), 
	CONSTRAINT fk_cofund_match_pot_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_cofund_match_pot_pot_account_id UNIQUE (pot_account_id), 
	CONSTRAINT uq_cofund_match_pot_sponsor_account_id UNIQUE (sponsor_account_id), 
	CONSTRAINT fk_cofund_match_pot_opened_by_user_account FOREIGN KEY(opened_by) REFERENCES user_account (id)
)
-- next
CREATE TABLE cofund_policy (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	in_force_on DATE NOT NULL, 
	set_on DATE NOT NULL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by BIGINT, 
	set_by_name VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	publicise_days BIGINT NOT NULL, 
	vote_free_fen BIGINT NOT NULL, 
	second_from_fen BIGINT NOT NULL, 
	payee_wait_hours BIGINT NOT NULL, 
	retention_permille BIGINT NOT NULL, 
	defect_months BIGINT NOT NULL, 
	before_acceptance_permille BIGINT NOT NULL, 
	overrun_permille BIGINT NOT NULL, 
	disclosure_days BIGINT NOT NULL, 
	CONSTRAINT pk_cofund_policy PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_policy_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_cofund_policy_version CHECK (version > 0), 
	CONSTRAINT ck_cofund_policy_not_in_past CHECK (in_force_on >= set_on), 
	CONSTRAINT ck_cofund_policy_publicise_days CHECK (publicise_days BETWEEN 1 AND 90), 
	CONSTRAINT ck_cofund_policy_vote_free_fen CHECK (vote_free_fen BETWEEN 0 AND 20000000), 
	CONSTRAINT ck_cofund_policy_second_from_fen CHECK (second_from_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_policy_payee_wait_hours CHECK (payee_wait_hours BETWEEN 24 AND 240), 
	CONSTRAINT ck_cofund_policy_retention_permille CHECK (retention_permille BETWEEN 0 AND 30), 
	CONSTRAINT ck_cofund_policy_defect_months CHECK (defect_months BETWEEN 6 AND 24), 
	CONSTRAINT ck_cofund_policy_before_acceptance_permille CHECK (before_acceptance_permille BETWEEN 100 AND 970), 
	CONSTRAINT ck_cofund_policy_overrun_permille CHECK (overrun_permille BETWEEN 0 AND 100), 
	CONSTRAINT ck_cofund_policy_disclosure_days CHECK (disclosure_days BETWEEN 7 AND 365), 
	CONSTRAINT fk_cofund_policy_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_policy_set_by_user_account FOREIGN KEY(set_by) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_policy_no_change BEFORE UPDATE OR DELETE ON cofund_policy
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_policy_no_truncate BEFORE TRUNCATE ON cofund_policy
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE ledger_period (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	through_on DATE NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_period PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_period_book_id_community_id_ledger_book FOREIGN KEY(book_id, community_id) REFERENCES ledger_book (id, community_id), 
	CONSTRAINT uq_ledger_period_book_id_number UNIQUE (book_id, number), 
	CONSTRAINT uq_ledger_period_book_id_through_on UNIQUE (book_id, through_on), 
	CONSTRAINT ck_ledger_period_number CHECK (number >= 1), 
	CONSTRAINT ck_ledger_period_through_on_day CHECK (through_on BETWEEN '1900-01-01' AND '2999-12-31'), 
	CONSTRAINT ck_ledger_period_closed_at_moment CHECK (closed_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_period_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_period_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_period_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE service_certificate (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	code VARCHAR(16) NOT NULL, 
	since_on DATE NOT NULL, 
	through_on DATE NOT NULL, 
	language VARCHAR(5) NOT NULL, 
	purpose VARCHAR(60) NOT NULL, 
	minutes BIGINT NOT NULL, 
	services BIGINT NOT NULL, 
	facts TEXT NOT NULL, 
	facts_digest VARCHAR(64) NOT NULL, 
	asked_how VARCHAR(4) NOT NULL, 
	slip_number VARCHAR(40) NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	issued_on DATE NOT NULL, 
	issued_by_user_id BIGINT, 
	issued_by_name VARCHAR(80) NOT NULL, 
	act_key UUID NOT NULL, 
	CONSTRAINT pk_service_certificate PRIMARY KEY (id), 
	CONSTRAINT uq_service_certificate_community_id_year_number UNIQUE (community_id, year, number), 
	CONSTRAINT ck_service_certificate_number_positive CHECK (number > 0), 
	CONSTRAINT ck_service_certificate_certifies_something CHECK (minutes > 0 AND services > 0), 
	CONSTRAINT ck_service_certificate_period_past CHECK (since_on <= through_on AND through_on <= issued_on), 
	CONSTRAINT ck_service_certificate_language_known CHECK (language IN ('zh', 'zh_en')), 
	CONSTRAINT ck_service_certificate_asked_known CHECK (asked_how IN ('self', 'slip')), 
	CONSTRAINT ck_service_certificate_slip_numbered CHECK ((asked_how = 'slip') = (slip_number <> '')), 
	CONSTRAINT ck_service_certificate_code_whole CHECK (length(code) = 16), 
	CONSTRAINT ck_service_certificate_digested CHECK (length(facts_digest) = 64), 
	CONSTRAINT fk_service_certificate_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_service_certificate_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_service_certificate_code UNIQUE (code), 
	CONSTRAINT fk_service_certificate_issued_by_user_id_user_account FOREIGN KEY(issued_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_service_certificate_act_key UNIQUE (act_key)
)
-- next
CREATE INDEX ix_service_certificate_community_id_issued_on ON service_certificate (community_id, issued_on)
-- next
CREATE INDEX ix_service_certificate_person_id_id ON service_certificate (person_id, id)
-- next
CREATE FUNCTION service_certificate_next() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.number <> 1 + COALESCE((SELECT max(c.number) FROM service_certificate c WHERE c.community_id = NEW.community_id AND c.year = NEW.year), 0) THEN RAISE EXCEPTION 'service_certificate_next' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER service_certificate_next BEFORE INSERT ON service_certificate FOR EACH ROW EXECUTE FUNCTION service_certificate_next()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER service_certificate_no_change BEFORE UPDATE OR DELETE ON service_certificate
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER service_certificate_no_truncate BEFORE TRUNCATE ON service_certificate
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE account_merge (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	old_id BIGINT NOT NULL, 
	kept_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	evidence TEXT NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	proposed_by_user_id BIGINT, 
	proposed_by_id BIGINT, 
	proposed_by_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_user_id BIGINT, 
	decided_by_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	decision_reason TEXT NOT NULL, 
	own_minutes BIGINT NOT NULL, 
	donation_minutes BIGINT NOT NULL, 
	debt_minutes BIGINT NOT NULL, 
	logins JSON NOT NULL, 
	undo_reason TEXT NOT NULL, 
	undo_asked_by_user_id BIGINT, 
	undo_asked_by_id BIGINT, 
	undo_asked_by_name VARCHAR(80) NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_by_user_id BIGINT, 
	undone_by_id BIGINT, 
	CONSTRAINT pk_account_merge PRIMARY KEY (id), 
	CONSTRAINT ck_account_merge_state_known CHECK (state IN ('proposed', 'refused', 'merged', 'undo_asked', 'undone')), 
	CONSTRAINT ck_account_merge_two_records CHECK (old_id <> kept_id), 
	CONSTRAINT ck_account_merge_has_evidence CHECK (length(evidence) > 0), 
	CONSTRAINT ck_account_merge_proposer_not_party CHECK (proposed_by_id IS NULL OR proposed_by_id NOT IN (old_id, kept_id)), 
	CONSTRAINT ck_account_merge_decider_not_party CHECK (decided_by_id IS NULL OR decided_by_id NOT IN (old_id, kept_id)), 
	CONSTRAINT ck_account_merge_decided_by_another_login CHECK (decided_by_user_id IS NULL OR proposed_by_user_id IS NULL OR decided_by_user_id <> proposed_by_user_id), 
	CONSTRAINT ck_account_merge_decided_by_another_person CHECK (decided_by_id IS NULL OR proposed_by_id IS NULL OR decided_by_id <> proposed_by_id), 
	CONSTRAINT ck_account_merge_undone_by_another_login CHECK (undone_by_user_id IS NULL OR undo_asked_by_user_id IS NULL OR undone_by_user_id <> undo_asked_by_user_id), 
	CONSTRAINT ck_account_merge_undone_by_another_person CHECK (undone_by_id IS NULL OR undo_asked_by_id IS NULL OR undone_by_id <> undo_asked_by_id), 
	CONSTRAINT ck_account_merge_merged_by_two CHECK (state NOT IN ('merged', 'undo_asked', 'undone') OR (decided_at IS NOT NULL AND decided_by_user_id IS NOT NULL AND proposed_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_account_merge_undone_by_two CHECK (state <> 'undone' OR (undone_at IS NOT NULL AND undone_by_user_id IS NOT NULL AND undo_asked_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_account_merge_moves_no_less_than_nothing CHECK (own_minutes >= 0 AND donation_minutes >= 0 AND debt_minutes >= 0), 
	CONSTRAINT fk_account_merge_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_account_merge_key UNIQUE (key), 
	CONSTRAINT fk_account_merge_old_id_person FOREIGN KEY(old_id) REFERENCES person (id), 
	CONSTRAINT fk_account_merge_kept_id_person FOREIGN KEY(kept_id) REFERENCES person (id), 
	CONSTRAINT fk_account_merge_proposed_by_user_id_user_account FOREIGN KEY(proposed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_merge_proposed_by_id_person FOREIGN KEY(proposed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_account_merge_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_merge_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_account_merge_undo_asked_by_user_id_user_account FOREIGN KEY(undo_asked_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_merge_undo_asked_by_id_person FOREIGN KEY(undo_asked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_account_merge_undone_by_user_id_user_account FOREIGN KEY(undone_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_merge_undone_by_id_person FOREIGN KEY(undone_by_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_account_merge_kept_id ON account_merge (kept_id)
-- next
CREATE INDEX ix_account_merge_old_id ON account_merge (old_id)
-- next
CREATE INDEX ix_account_merge_queue ON account_merge (community_id, state, id)
-- next
CREATE UNIQUE INDEX uq_account_merge_old ON account_merge (old_id) WHERE state IN ('proposed', 'merged', 'undo_asked')
-- next
CREATE FUNCTION account_merge_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('merged>undo_asked', 'proposed>merged', 'proposed>refused', 'undo_asked>merged', 'undo_asked>undone')) THEN
    RAISE EXCEPTION 'account_merge_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.key::text IS DISTINCT FROM OLD.key::text OR NEW.old_id::text IS DISTINCT FROM OLD.old_id::text OR NEW.kept_id::text IS DISTINCT FROM OLD.kept_id::text OR NEW.evidence::text IS DISTINCT FROM OLD.evidence::text OR NEW.proposed_at::text IS DISTINCT FROM OLD.proposed_at::text OR NEW.proposed_by_user_id::text IS DISTINCT FROM OLD.proposed_by_user_id::text OR NEW.proposed_by_id::text IS DISTINCT FROM OLD.proposed_by_id::text)) THEN
    RAISE EXCEPTION 'account_merge_asked' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'proposed' AND (NEW.decided_at::text IS DISTINCT FROM OLD.decided_at::text OR NEW.decided_by_user_id::text IS DISTINCT FROM OLD.decided_by_user_id::text OR NEW.own_minutes::text IS DISTINCT FROM OLD.own_minutes::text OR NEW.donation_minutes::text IS DISTINCT FROM OLD.donation_minutes::text OR NEW.debt_minutes::text IS DISTINCT FROM OLD.debt_minutes::text)) THEN
    RAISE EXCEPTION 'account_merge_fixed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'proposed') THEN
    RAISE EXCEPTION 'account_merge_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state = 'proposed' AND EXISTS (SELECT 1 FROM account_merge m WHERE m.id <> NEW.id AND m.state = 'proposed' AND (m.old_id IN (NEW.old_id, NEW.kept_id) OR m.kept_id IN (NEW.old_id, NEW.kept_id)))) THEN
    RAISE EXCEPTION 'account_merge_under_way' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER account_merge_guard BEFORE INSERT OR UPDATE ON account_merge FOR EACH ROW EXECUTE FUNCTION account_merge_guard()
-- next
CREATE OR REPLACE FUNCTION account_merge_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'account_merge_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER account_merge_kept_delete BEFORE DELETE ON account_merge FOR EACH ROW EXECUTE FUNCTION account_merge_kept()
-- next
CREATE TRIGGER account_merge_kept_truncate BEFORE TRUNCATE ON account_merge FOR EACH STATEMENT EXECUTE FUNCTION account_merge_kept()
-- next
CREATE TABLE passbook_booklet (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	serial VARCHAR(20) NOT NULL, 
	carried_minutes BIGINT NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opened_by_user_id BIGINT, 
	opened_by_name VARCHAR(80) NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	lines_per_page BIGINT NOT NULL, 
	pages BIGINT NOT NULL, 
	top_tenths_mm BIGINT NOT NULL, 
	left_tenths_mm BIGINT NOT NULL, 
	line_tenths_mm BIGINT NOT NULL, 
	fold_after_line BIGINT NOT NULL, 
	fold_tenths_mm BIGINT NOT NULL, 
	CONSTRAINT pk_passbook_booklet PRIMARY KEY (id), 
	CONSTRAINT uq_passbook_booklet_community_id_serial UNIQUE (community_id, serial), 
	CONSTRAINT ck_passbook_booklet_numbered CHECK (length(serial) > 0), 
	CONSTRAINT ck_passbook_booklet_lines_in_range CHECK (lines_per_page BETWEEN 4 AND 40), 
	CONSTRAINT ck_passbook_booklet_pages_in_range CHECK (pages BETWEEN 1 AND 60), 
	CONSTRAINT ck_passbook_booklet_lines_apart CHECK (line_tenths_mm > 0 AND top_tenths_mm >= 0), 
	CONSTRAINT ck_passbook_booklet_within_sheet CHECK (left_tenths_mm >= 0 AND fold_tenths_mm >= 0), 
	CONSTRAINT ck_passbook_booklet_fold_in_page CHECK (fold_after_line BETWEEN 0 AND lines_per_page), 
	CONSTRAINT fk_passbook_booklet_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_passbook_booklet_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_passbook_booklet_opened_by_user_id_user_account FOREIGN KEY(opened_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_passbook_booklet_person_id_id ON passbook_booklet (person_id, id)
-- next
CREATE UNIQUE INDEX uq_passbook_booklet_open ON passbook_booklet (person_id) WHERE closed_at IS NULL
-- next
CREATE FUNCTION passbook_booklet_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.lines_per_page::text IS DISTINCT FROM OLD.lines_per_page::text OR NEW.pages::text IS DISTINCT FROM OLD.pages::text OR NEW.top_tenths_mm::text IS DISTINCT FROM OLD.top_tenths_mm::text OR NEW.left_tenths_mm::text IS DISTINCT FROM OLD.left_tenths_mm::text OR NEW.line_tenths_mm::text IS DISTINCT FROM OLD.line_tenths_mm::text OR NEW.fold_after_line::text IS DISTINCT FROM OLD.fold_after_line::text OR NEW.fold_tenths_mm::text IS DISTINCT FROM OLD.fold_tenths_mm::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.serial::text IS DISTINCT FROM OLD.serial::text OR NEW.carried_minutes::text IS DISTINCT FROM OLD.carried_minutes::text OR NEW.opened_at::text IS DISTINCT FROM OLD.opened_at::text OR NEW.opened_by_name::text IS DISTINCT FROM OLD.opened_by_name::text)) THEN
    RAISE EXCEPTION 'passbook_booklet_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'passbook_booklet_closed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER passbook_booklet_guard BEFORE INSERT OR UPDATE ON passbook_booklet FOR EACH ROW EXECUTE FUNCTION passbook_booklet_guard()
-- next
CREATE OR REPLACE FUNCTION passbook_booklet_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'passbook_booklet_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER passbook_booklet_kept_delete BEFORE DELETE ON passbook_booklet FOR EACH ROW EXECUTE FUNCTION passbook_booklet_kept()
-- next
CREATE TRIGGER passbook_booklet_kept_truncate BEFORE TRUNCATE ON passbook_booklet FOR EACH STATEMENT EXECUTE FUNCTION passbook_booklet_kept()
-- next
CREATE TABLE clearing_terms (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	low_limit_minutes BIGINT NOT NULL, 
	high_limit_minutes BIGINT NOT NULL, 
	is_automatic BOOLEAN NOT NULL, 
	from_on DATE NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	proposed_by_user_id BIGINT NOT NULL, 
	proposed_by_name VARCHAR(80) NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	signed_by_user_id BIGINT, 
	signed_by_name VARCHAR(80) NOT NULL, 
	in_force_on DATE, 
	withdrawn_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_clearing_terms PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_terms_pair_id_version UNIQUE (pair_id, version), 
	CONSTRAINT ck_clearing_terms_limits_in_range CHECK (low_limit_minutes BETWEEN 0 AND 6000000 AND high_limit_minutes BETWEEN 0 AND 6000000), 
	CONSTRAINT ck_clearing_terms_signed_is_in_force CHECK ((signed_at IS NULL) = (in_force_on IS NULL)), 
	CONSTRAINT ck_clearing_terms_signed_by_somebody CHECK ((signed_at IS NULL) = (signed_by_user_id IS NULL)), 
	CONSTRAINT ck_clearing_terms_one_end CHECK (signed_at IS NULL OR withdrawn_at IS NULL), 
	CONSTRAINT ck_clearing_terms_not_before_its_day CHECK (in_force_on >= from_on), 
	CONSTRAINT ck_clearing_terms_two_sign CHECK (signed_by_user_id <> proposed_by_user_id), 
	CONSTRAINT fk_clearing_terms_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_terms_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id), 
	CONSTRAINT fk_clearing_terms_proposed_by_user_id_user_account FOREIGN KEY(proposed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_clearing_terms_signed_by_user_id_user_account FOREIGN KEY(signed_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE UNIQUE INDEX uq_clearing_terms_waiting ON clearing_terms (pair_id) WHERE signed_at IS NULL AND withdrawn_at IS NULL
-- next
CREATE FUNCTION clearing_terms_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.signed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_terms_settled' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.pair_id::text IS DISTINCT FROM OLD.pair_id::text OR NEW.version::text IS DISTINCT FROM OLD.version::text OR NEW.low_limit_minutes::text IS DISTINCT FROM OLD.low_limit_minutes::text OR NEW.high_limit_minutes::text IS DISTINCT FROM OLD.high_limit_minutes::text OR NEW.is_automatic::text IS DISTINCT FROM OLD.is_automatic::text OR NEW.from_on::text IS DISTINCT FROM OLD.from_on::text OR NEW.proposed_at::text IS DISTINCT FROM OLD.proposed_at::text OR NEW.proposed_by_user_id::text IS DISTINCT FROM OLD.proposed_by_user_id::text OR NEW.proposed_by_name::text IS DISTINCT FROM OLD.proposed_by_name::text)) THEN
    RAISE EXCEPTION 'clearing_terms_fixed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.signed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_terms_begin' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id AND NEW.community_id IN (p.community_id, p.high_id))) THEN
    RAISE EXCEPTION 'clearing_terms_of_pair' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.signed_by_user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = NEW.signed_by_user_id AND u.community_id IN (p.community_id, p.high_id) AND u.community_id <> NEW.community_id)) THEN
    RAISE EXCEPTION 'clearing_terms_other_signs' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_terms_guard BEFORE INSERT OR UPDATE ON clearing_terms FOR EACH ROW EXECUTE FUNCTION clearing_terms_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_terms_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_terms_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_terms_kept_delete BEFORE DELETE ON clearing_terms FOR EACH ROW EXECUTE FUNCTION clearing_terms_kept()
-- next
CREATE TRIGGER clearing_terms_kept_truncate BEFORE TRUNCATE ON clearing_terms FOR EACH STATEMENT EXECUTE FUNCTION clearing_terms_kept()
-- next
CREATE TABLE clearing_sheet (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	opening_minutes BIGINT NOT NULL, 
	low_to_high_minutes BIGINT NOT NULL, 
	high_to_low_minutes BIGINT NOT NULL, 
	closing_minutes BIGINT NOT NULL, 
	lines BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	low_signed_at TIMESTAMP WITH TIME ZONE, 
	low_signed_by_user_id BIGINT, 
	low_signed_by_name VARCHAR(80) NOT NULL, 
	high_signed_at TIMESTAMP WITH TIME ZONE, 
	high_signed_by_user_id BIGINT, 
	high_signed_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_clearing_sheet PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_sheet_pair_id_month UNIQUE (pair_id, month), 
	CONSTRAINT ck_clearing_sheet_adds_up CHECK (closing_minutes = opening_minutes + low_to_high_minutes - high_to_low_minutes), 
	CONSTRAINT ck_clearing_sheet_each_way CHECK (low_to_high_minutes >= 0 AND high_to_low_minutes >= 0), 
	CONSTRAINT ck_clearing_sheet_digest_length CHECK (length(digest) = 64), 
	CONSTRAINT ck_clearing_sheet_low_signed CHECK ((low_signed_at IS NULL) = (low_signed_by_user_id IS NULL)), 
	CONSTRAINT ck_clearing_sheet_high_signed CHECK ((high_signed_at IS NULL) = (high_signed_by_user_id IS NULL)), 
	CONSTRAINT fk_clearing_sheet_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_sheet_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id), 
	CONSTRAINT fk_clearing_sheet_low_signed_by_user_id_user_account FOREIGN KEY(low_signed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_clearing_sheet_high_signed_by_user_id_user_account FOREIGN KEY(high_signed_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_clearing_sheet_community_id ON clearing_sheet (community_id)
-- next
CREATE FUNCTION clearing_sheet_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.pair_id::text IS DISTINCT FROM OLD.pair_id::text OR NEW.month::text IS DISTINCT FROM OLD.month::text OR NEW.opening_minutes::text IS DISTINCT FROM OLD.opening_minutes::text OR NEW.low_to_high_minutes::text IS DISTINCT FROM OLD.low_to_high_minutes::text OR NEW.high_to_low_minutes::text IS DISTINCT FROM OLD.high_to_low_minutes::text OR NEW.closing_minutes::text IS DISTINCT FROM OLD.closing_minutes::text OR NEW.lines::text IS DISTINCT FROM OLD.lines::text OR NEW.digest::text IS DISTINCT FROM OLD.digest::text OR NEW.made_at::text IS DISTINCT FROM OLD.made_at::text)) THEN
    RAISE EXCEPTION 'clearing_sheet_fixed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.low_signed_at IS NOT NULL AND (NEW.low_signed_at::text IS DISTINCT FROM OLD.low_signed_at::text OR NEW.low_signed_by_user_id::text IS DISTINCT FROM OLD.low_signed_by_user_id::text OR NEW.low_signed_by_name::text IS DISTINCT FROM OLD.low_signed_by_name::text)) THEN
    RAISE EXCEPTION 'clearing_sheet_low_signed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.high_signed_at IS NOT NULL AND (NEW.high_signed_at::text IS DISTINCT FROM OLD.high_signed_at::text OR NEW.high_signed_by_user_id::text IS DISTINCT FROM OLD.high_signed_by_user_id::text OR NEW.high_signed_by_name::text IS DISTINCT FROM OLD.high_signed_by_name::text)) THEN
    RAISE EXCEPTION 'clearing_sheet_high_signed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.month <> date_trunc('month', NEW.month)::date) THEN
    RAISE EXCEPTION 'clearing_sheet_month' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.pair_id = NEW.pair_id AND s.id <> NEW.id) AND NOT EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.pair_id = NEW.pair_id AND s.month = (NEW.month - interval '1 month')::date)) THEN
    RAISE EXCEPTION 'clearing_sheet_order' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.low_signed_at IS NOT NULL OR NEW.high_signed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_sheet_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.lines <> (SELECT COUNT(*) FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.moved_on >= NEW.month AND m.moved_on < (NEW.month + interval '1 month')::date) OR NEW.low_to_high_minutes <> (SELECT COALESCE(SUM(m.low_owes_minutes), 0) FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.moved_on >= NEW.month AND m.moved_on < (NEW.month + interval '1 month')::date AND m.low_owes_minutes > 0) OR NEW.high_to_low_minutes <> (SELECT COALESCE(SUM(-m.low_owes_minutes), 0) FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.moved_on >= NEW.month AND m.moved_on < (NEW.month + interval '1 month')::date AND m.low_owes_minutes < 0) OR NEW.opening_minutes <> COALESCE((SELECT m.position_after FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.moved_on < NEW.month ORDER BY m.number DESC LIMIT 1), 0)) THEN
    RAISE EXCEPTION 'clearing_sheet_sums' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.low_signed_by_user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = NEW.low_signed_by_user_id AND u.community_id = p.community_id)) THEN
    RAISE EXCEPTION 'clearing_sheet_low_signs' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.high_signed_by_user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = NEW.high_signed_by_user_id AND u.community_id = p.high_id)) THEN
    RAISE EXCEPTION 'clearing_sheet_high_signs' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_sheet_guard BEFORE INSERT OR UPDATE ON clearing_sheet FOR EACH ROW EXECUTE FUNCTION clearing_sheet_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_sheet_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_sheet_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_sheet_kept_delete BEFORE DELETE ON clearing_sheet FOR EACH ROW EXECUTE FUNCTION clearing_sheet_kept()
-- next
CREATE TRIGGER clearing_sheet_kept_truncate BEFORE TRUNCATE ON clearing_sheet FOR EACH STATEMENT EXECUTE FUNCTION clearing_sheet_kept()
-- next
CREATE TABLE account_disposition (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	outcome VARCHAR(4) NOT NULL, 
	kin_id BIGINT, 
	pool_id BIGINT, 
	chosen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	chosen_by_user_id BIGINT, 
	replaced_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_account_disposition PRIMARY KEY (id), 
	CONSTRAINT ck_account_disposition_outcome_known CHECK (outcome IN ('kin', 'pool', 'void')), 
	CONSTRAINT ck_account_disposition_says_to_whom CHECK ((outcome IS NOT NULL AND outcome = 'kin') = (kin_id IS NOT NULL) AND (outcome IS NOT NULL AND outcome = 'pool') = (pool_id IS NOT NULL)), 
	CONSTRAINT ck_account_disposition_kin_is_another CHECK (kin_id IS NULL OR kin_id <> person_id), 
	CONSTRAINT fk_account_disposition_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_account_disposition_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_account_disposition_kin_id_person FOREIGN KEY(kin_id) REFERENCES person (id), 
	CONSTRAINT fk_account_disposition_pool_id_hours_pool FOREIGN KEY(pool_id) REFERENCES hours_pool (id), 
	CONSTRAINT fk_account_disposition_chosen_by_user_id_user_account FOREIGN KEY(chosen_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE UNIQUE INDEX uq_account_disposition_current ON account_disposition (person_id) WHERE replaced_at IS NULL
-- next
CREATE FUNCTION account_disposition_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.outcome::text IS DISTINCT FROM OLD.outcome::text OR NEW.kin_id::text IS DISTINCT FROM OLD.kin_id::text OR NEW.pool_id::text IS DISTINCT FROM OLD.pool_id::text OR NEW.chosen_at::text IS DISTINCT FROM OLD.chosen_at::text)) THEN
    RAISE EXCEPTION 'account_disposition_chosen' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.replaced_at IS NOT NULL AND (NEW.replaced_at::text IS DISTINCT FROM OLD.replaced_at::text)) THEN
    RAISE EXCEPTION 'account_disposition_replaced' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER account_disposition_guard BEFORE INSERT OR UPDATE ON account_disposition FOR EACH ROW EXECUTE FUNCTION account_disposition_guard()
-- next
CREATE OR REPLACE FUNCTION account_disposition_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'account_disposition_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER account_disposition_kept_delete BEFORE DELETE ON account_disposition FOR EACH ROW EXECUTE FUNCTION account_disposition_kept()
-- next
CREATE TRIGGER account_disposition_kept_truncate BEFORE TRUNCATE ON account_disposition FOR EACH STATEMENT EXECUTE FUNCTION account_disposition_kept()
-- next
CREATE TABLE account_leaving (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	person_id BIGINT NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	happened_on DATE NOT NULL, 
	evidence TEXT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	due_on DATE NOT NULL, 
	is_due BOOLEAN DEFAULT false NOT NULL, 
	reported_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	reported_by_user_id BIGINT, 
	reported_by_id BIGINT, 
	reported_by_name VARCHAR(80) NOT NULL, 
	released BIGINT NOT NULL, 
	withdrawn BIGINT NOT NULL, 
	logins JSON NOT NULL, 
	outcome VARCHAR(4), 
	ground VARCHAR(12), 
	claimant_id BIGINT, 
	pool_id BIGINT, 
	proposal_reason TEXT NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE, 
	proposed_by_user_id BIGINT, 
	proposed_by_id BIGINT, 
	proposed_by_name VARCHAR(80) NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	settled_by_user_id BIGINT, 
	settled_by_id BIGINT, 
	settled_by_name VARCHAR(80) NOT NULL, 
	own_minutes BIGINT NOT NULL, 
	donation_minutes BIGINT NOT NULL, 
	debt_minutes BIGINT NOT NULL, 
	undo_reason TEXT NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_account_leaving PRIMARY KEY (id), 
	CONSTRAINT ck_account_leaving_kind_known CHECK (kind IN ('death', 'moved_away')), 
	CONSTRAINT ck_account_leaving_state_known CHECK (state IN ('frozen', 'proposed', 'settled', 'undone')), 
	CONSTRAINT ck_account_leaving_outcome_known CHECK (outcome IS NULL OR outcome IN ('kin', 'pool', 'void')), 
	CONSTRAINT ck_account_leaving_ground_known CHECK (ground IS NULL OR ground IN ('own_choice', 'claim', 'nobody_came')), 
	CONSTRAINT ck_account_leaving_has_evidence CHECK (length(evidence) > 0), 
	CONSTRAINT ck_account_leaving_says_to_whom CHECK ((outcome IS NOT NULL AND outcome = 'kin') = (claimant_id IS NOT NULL) AND (outcome IS NOT NULL AND outcome = 'pool') = (pool_id IS NOT NULL)), 
	CONSTRAINT ck_account_leaving_claimant_another CHECK (claimant_id IS NULL OR claimant_id <> person_id), 
	CONSTRAINT ck_account_leaving_proposed_something CHECK (state NOT IN ('proposed', 'settled') OR (outcome IS NOT NULL AND ground IS NOT NULL AND proposed_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_account_leaving_settled_by_somebody CHECK (state <> 'settled' OR (settled_at IS NOT NULL AND settled_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_account_leaving_reported_not_party CHECK (reported_by_id IS NULL OR (reported_by_id <> person_id AND (claimant_id IS NULL OR reported_by_id <> claimant_id))), 
	CONSTRAINT ck_account_leaving_proposed_not_party CHECK (proposed_by_id IS NULL OR (proposed_by_id <> person_id AND (claimant_id IS NULL OR proposed_by_id <> claimant_id))), 
	CONSTRAINT ck_account_leaving_settled_not_party CHECK (settled_by_id IS NULL OR (settled_by_id <> person_id AND (claimant_id IS NULL OR settled_by_id <> claimant_id))), 
	CONSTRAINT ck_account_leaving_settled_by_another_login CHECK (settled_by_user_id IS NULL OR proposed_by_user_id IS NULL OR settled_by_user_id <> proposed_by_user_id), 
	CONSTRAINT ck_account_leaving_settled_by_another_person CHECK (settled_by_id IS NULL OR proposed_by_id IS NULL OR settled_by_id <> proposed_by_id), 
	CONSTRAINT ck_account_leaving_moves_no_less_than_nothing CHECK (own_minutes >= 0 AND donation_minutes >= 0 AND debt_minutes >= 0), 
	CONSTRAINT fk_account_leaving_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_account_leaving_key UNIQUE (key), 
	CONSTRAINT fk_account_leaving_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_account_leaving_reported_by_user_id_user_account FOREIGN KEY(reported_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_leaving_reported_by_id_person FOREIGN KEY(reported_by_id) REFERENCES person (id), 
	CONSTRAINT fk_account_leaving_claimant_id_person FOREIGN KEY(claimant_id) REFERENCES person (id), 
	CONSTRAINT fk_account_leaving_pool_id_hours_pool FOREIGN KEY(pool_id) REFERENCES hours_pool (id), 
	CONSTRAINT fk_account_leaving_proposed_by_user_id_user_account FOREIGN KEY(proposed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_leaving_proposed_by_id_person FOREIGN KEY(proposed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_account_leaving_settled_by_user_id_user_account FOREIGN KEY(settled_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_account_leaving_settled_by_id_person FOREIGN KEY(settled_by_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_account_leaving_claimant_id ON account_leaving (claimant_id)
-- next
CREATE INDEX ix_account_leaving_person_id ON account_leaving (person_id)
-- next
CREATE INDEX ix_account_leaving_queue ON account_leaving (community_id, state, id)
-- next
CREATE UNIQUE INDEX uq_account_leaving_person ON account_leaving (person_id) WHERE state != 'undone'
-- next
CREATE FUNCTION account_leaving_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('frozen>proposed', 'frozen>undone', 'proposed>frozen', 'proposed>settled', 'proposed>undone')) THEN
    RAISE EXCEPTION 'account_leaving_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.key::text IS DISTINCT FROM OLD.key::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.kind::text IS DISTINCT FROM OLD.kind::text OR NEW.happened_on::text IS DISTINCT FROM OLD.happened_on::text OR NEW.evidence::text IS DISTINCT FROM OLD.evidence::text OR NEW.due_on::text IS DISTINCT FROM OLD.due_on::text OR NEW.policy_version::text IS DISTINCT FROM OLD.policy_version::text OR NEW.reported_at::text IS DISTINCT FROM OLD.reported_at::text OR NEW.reported_by_user_id::text IS DISTINCT FROM OLD.reported_by_user_id::text OR NEW.reported_by_id::text IS DISTINCT FROM OLD.reported_by_id::text)) THEN
    RAISE EXCEPTION 'account_leaving_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.state = 'settled' AND (NEW.outcome::text IS DISTINCT FROM OLD.outcome::text OR NEW.ground::text IS DISTINCT FROM OLD.ground::text OR NEW.claimant_id::text IS DISTINCT FROM OLD.claimant_id::text OR NEW.pool_id::text IS DISTINCT FROM OLD.pool_id::text OR NEW.proposed_by_user_id::text IS DISTINCT FROM OLD.proposed_by_user_id::text OR NEW.proposed_by_id::text IS DISTINCT FROM OLD.proposed_by_id::text)) THEN
    RAISE EXCEPTION 'account_leaving_agreed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state IN ('settled', 'undone') AND (NEW.outcome::text IS DISTINCT FROM OLD.outcome::text OR NEW.ground::text IS DISTINCT FROM OLD.ground::text OR NEW.claimant_id::text IS DISTINCT FROM OLD.claimant_id::text OR NEW.pool_id::text IS DISTINCT FROM OLD.pool_id::text OR NEW.own_minutes::text IS DISTINCT FROM OLD.own_minutes::text OR NEW.donation_minutes::text IS DISTINCT FROM OLD.donation_minutes::text OR NEW.debt_minutes::text IS DISTINCT FROM OLD.debt_minutes::text OR NEW.settled_at::text IS DISTINCT FROM OLD.settled_at::text OR NEW.settled_by_user_id::text IS DISTINCT FROM OLD.settled_by_user_id::text)) THEN
    RAISE EXCEPTION 'account_leaving_settled' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'frozen') THEN
    RAISE EXCEPTION 'account_leaving_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.version = NEW.policy_version AND p.state = 'approved' AND NEW.due_on <> ((NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date + p.claim_days::int)) OR (NEW.policy_version <> 1 AND NOT EXISTS (SELECT 1 FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.version = NEW.policy_version AND p.state = 'approved'))) THEN
    RAISE EXCEPTION 'account_leaving_term' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER account_leaving_guard BEFORE INSERT OR UPDATE ON account_leaving FOR EACH ROW EXECUTE FUNCTION account_leaving_guard()
-- next
CREATE OR REPLACE FUNCTION account_leaving_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'account_leaving_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER account_leaving_kept_delete BEFORE DELETE ON account_leaving FOR EACH ROW EXECUTE FUNCTION account_leaving_kept()
-- next
CREATE TRIGGER account_leaving_kept_truncate BEFORE TRUNCATE ON account_leaving FOR EACH STATEMENT EXECUTE FUNCTION account_leaving_kept()
-- next
CREATE TABLE person_move (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	from_micro_grid_id BIGINT, 
	from_address TEXT, 
	to_micro_grid_id BIGINT NOT NULL, 
	to_room_no VARCHAR(16) NOT NULL, 
	effective_on DATE NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	reason TEXT NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	asked_by_user_id BIGINT, 
	asked_by_name VARCHAR(80) NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_person_move PRIMARY KEY (id), 
	CONSTRAINT ck_person_move_state_known CHECK (state IN ('planned', 'done', 'cancelled')), 
	CONSTRAINT ck_person_move_done_at_a_moment CHECK ((state = 'done') = (done_at IS NOT NULL)), 
	CONSTRAINT fk_person_move_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_person_move_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_person_move_from_micro_grid_id_micro_grid FOREIGN KEY(from_micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_person_move_to_micro_grid_id_micro_grid FOREIGN KEY(to_micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_person_move_asked_by_user_id_user_account FOREIGN KEY(asked_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_person_move_community_id ON person_move (community_id)
-- next
CREATE INDEX ix_person_move_due ON person_move (state, effective_on)
-- next
CREATE INDEX ix_person_move_person ON person_move (person_id, id)
-- next
CREATE UNIQUE INDEX uq_person_move_planned ON person_move (person_id) WHERE state = 'planned'
-- next
CREATE FUNCTION person_move_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('planned>cancelled', 'planned>done')) THEN
    RAISE EXCEPTION 'person_move_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.from_micro_grid_id::text IS DISTINCT FROM OLD.from_micro_grid_id::text OR NEW.to_micro_grid_id::text IS DISTINCT FROM OLD.to_micro_grid_id::text OR NEW.to_room_no::text IS DISTINCT FROM OLD.to_room_no::text OR NEW.effective_on::text IS DISTINCT FROM OLD.effective_on::text OR NEW.reason::text IS DISTINCT FROM OLD.reason::text OR NEW.asked_at::text IS DISTINCT FROM OLD.asked_at::text OR NEW.asked_by_user_id::text IS DISTINCT FROM OLD.asked_by_user_id::text)) THEN
    RAISE EXCEPTION 'person_move_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'planned' AND (NEW.state::text IS DISTINCT FROM OLD.state::text OR NEW.done_at::text IS DISTINCT FROM OLD.done_at::text)) THEN
    RAISE EXCEPTION 'person_move_settled' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'planned') THEN
    RAISE EXCEPTION 'person_move_begins' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER person_move_guard BEFORE INSERT OR UPDATE ON person_move FOR EACH ROW EXECUTE FUNCTION person_move_guard()
-- next
CREATE OR REPLACE FUNCTION person_move_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'person_move_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER person_move_kept_delete BEFORE DELETE ON person_move FOR EACH ROW EXECUTE FUNCTION person_move_kept()
-- next
CREATE TRIGGER person_move_kept_truncate BEFORE TRUNCATE ON person_move FOR EACH STATEMENT EXECUTE FUNCTION person_move_kept()
-- next
CREATE TABLE key_contact (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key_person_id BIGINT NOT NULL, 
	contact VARCHAR(8) NOT NULL, 
	seen_on DATE NOT NULL, 
	note TEXT, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_by_user_id BIGINT, 
	CONSTRAINT pk_key_contact PRIMARY KEY (id), 
	CONSTRAINT ck_key_contact_contact_known CHECK (contact IN ('home', 'phone', 'not_met')), 
	CONSTRAINT fk_key_contact_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_key_contact_key_person_id_key_person FOREIGN KEY(key_person_id) REFERENCES key_person (id), 
	CONSTRAINT fk_key_contact_recorded_by_user_id_user_account FOREIGN KEY(recorded_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_key_contact_community_id ON key_contact (community_id)
-- next
CREATE INDEX ix_key_contact_key_person_id_id ON key_contact (key_person_id, id)
-- next
CREATE INDEX ix_key_contact_recorded_by_user_id ON key_contact (recorded_by_user_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER key_contact_no_change BEFORE UPDATE OR DELETE ON key_contact
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER key_contact_no_truncate BEFORE TRUNCATE ON key_contact
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE unit_visit (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	micro_grid_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	month BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	visitor_id BIGINT, 
	due_on DATE NOT NULL, 
	visited_on DATE, 
	note TEXT, 
	done_by_user_id BIGINT, 
	CONSTRAINT pk_unit_visit PRIMARY KEY (id), 
	CONSTRAINT uq_unit_visit_micro_grid_id_year_month UNIQUE (micro_grid_id, year, month), 
	CONSTRAINT ck_unit_visit_year_believable CHECK (year BETWEEN 2000 AND 2100), 
	CONSTRAINT ck_unit_visit_month_exists CHECK (month BETWEEN 1 AND 12), 
	CONSTRAINT ck_unit_visit_state_known CHECK (state IN ('planned', 'done')), 
	CONSTRAINT ck_unit_visit_done_has_its_day CHECK ((state = 'done') = (visited_on IS NOT NULL)), 
	CONSTRAINT fk_unit_visit_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_unit_visit_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_unit_visit_visitor_id_person FOREIGN KEY(visitor_id) REFERENCES person (id), 
	CONSTRAINT fk_unit_visit_done_by_user_id_user_account FOREIGN KEY(done_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_unit_visit_community_id_year_month ON unit_visit (community_id, year, month)
-- next
CREATE INDEX ix_unit_visit_done_by_user_id ON unit_visit (done_by_user_id)
-- next
CREATE INDEX ix_unit_visit_visitor_id ON unit_visit (visitor_id)
-- next
CREATE TABLE register_batch (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	since_on DATE NOT NULL, 
	through_on DATE NOT NULL, 
	rows BIGINT NOT NULL, 
	corrections BIGINT NOT NULL, 
	shows_id_numbers BOOLEAN NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	made_by_user_id BIGINT, 
	made_by_name VARCHAR(80) NOT NULL, 
	act_key UUID NOT NULL, 
	CONSTRAINT pk_register_batch PRIMARY KEY (id), 
	CONSTRAINT uq_register_batch_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_register_batch_number_positive CHECK (number > 0), 
	CONSTRAINT ck_register_batch_period_in_order CHECK (since_on <= through_on), 
	CONSTRAINT ck_register_batch_hands_over_something CHECK (rows BETWEEN 1 AND 100000), 
	CONSTRAINT ck_register_batch_corrections_among_rows CHECK (corrections BETWEEN 0 AND rows), 
	CONSTRAINT ck_register_batch_reason_told CHECK (length(reason) > 0), 
	CONSTRAINT fk_register_batch_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_register_batch_made_by_user_id_user_account FOREIGN KEY(made_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_register_batch_act_key UNIQUE (act_key)
)
-- next
CREATE FUNCTION register_batch_next() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.number <> 1 + COALESCE((SELECT max(b.number) FROM register_batch b WHERE b.community_id = NEW.community_id), 0) THEN RAISE EXCEPTION 'register_batch_next' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER register_batch_next BEFORE INSERT ON register_batch FOR EACH ROW EXECUTE FUNCTION register_batch_next()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER register_batch_no_change BEFORE UPDATE OR DELETE ON register_batch
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER register_batch_no_truncate BEFORE TRUNCATE ON register_batch
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE join_request (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	facts TEXT, 
	phone_index VARCHAR(64) NOT NULL, 
	micro_grid_id BIGINT NOT NULL, 
	consent_version BIGINT NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	person_id BIGINT, 
	user_id BIGINT, 
	code_hash VARCHAR(200), 
	code_until TIMESTAMP WITH TIME ZONE, 
	code_tries BIGINT NOT NULL, 
	CONSTRAINT pk_join_request PRIMARY KEY (id), 
	CONSTRAINT ck_join_request_state_known CHECK (state IN ('waiting', 'accepted', 'refused')), 
	CONSTRAINT ck_join_request_told_while_waiting CHECK ((state = 'waiting') = (facts IS NOT NULL)), 
	CONSTRAINT ck_join_request_decided_once CHECK ((state = 'waiting') = (decided_at IS NULL)), 
	CONSTRAINT ck_join_request_accepted_as CHECK ((state = 'accepted') = (person_id IS NOT NULL)), 
	CONSTRAINT ck_join_request_refused_for_a_reason CHECK (state <> 'refused' OR reason <> ''), 
	CONSTRAINT ck_join_request_code_expires CHECK ((code_hash IS NULL) = (code_until IS NULL)), 
	CONSTRAINT ck_join_request_code_of_a_login CHECK (code_hash IS NULL OR user_id IS NOT NULL), 
	CONSTRAINT ck_join_request_code_tries_bounded CHECK (code_tries BETWEEN 0 AND 5), 
	CONSTRAINT fk_join_request_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_join_request_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_join_request_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_join_request_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_join_request_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_join_request_community_id_state_id ON join_request (community_id, state, id)
-- next
CREATE INDEX ix_join_request_person_id ON join_request (person_id)
-- next
CREATE INDEX ix_join_request_user_id ON join_request (user_id)
-- next
CREATE UNIQUE INDEX uq_join_request_waiting ON join_request (community_id, phone_index) WHERE state = 'waiting'
-- next
CREATE TABLE member_card (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	card_no VARCHAR(16) NOT NULL, 
	serial BIGINT NOT NULL, 
	token TEXT NOT NULL, 
	token_digest VARCHAR(64) NOT NULL, 
	photo_file_id BIGINT, 
	pin_hash VARCHAR(128), 
	pin_tries BIGINT NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	is_active BOOLEAN NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	close_reason TEXT NOT NULL, 
	CONSTRAINT pk_member_card PRIMARY KEY (id), 
	CONSTRAINT uq_member_card_community_id_card_no_serial UNIQUE (community_id, card_no, serial), 
	CONSTRAINT ck_member_card_serial_positive CHECK (serial >= 1), 
	CONSTRAINT ck_member_card_tries_not_negative CHECK (pin_tries >= 0), 
	CONSTRAINT ck_member_card_active_until_closed CHECK (is_active = (closed_at IS NULL)), 
	CONSTRAINT fk_member_card_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_member_card_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_member_card_token_digest UNIQUE (token_digest), 
	CONSTRAINT fk_member_card_photo_file_id_stored_file FOREIGN KEY(photo_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_member_card_person_id ON member_card (person_id)
-- next
CREATE UNIQUE INDEX uq_member_card_active_person ON member_card (person_id) WHERE is_active
-- next
CREATE TABLE spending_consent (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	wallet_id BIGINT NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	given_by_id BIGINT NOT NULL, 
	given_by_user_id BIGINT, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	revoked_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_spending_consent PRIMARY KEY (id), 
	CONSTRAINT fk_spending_consent_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_spending_consent_wallet_id_family_wallet FOREIGN KEY(wallet_id) REFERENCES family_wallet (id), 
	CONSTRAINT fk_spending_consent_given_by_id_person FOREIGN KEY(given_by_id) REFERENCES person (id), 
	CONSTRAINT fk_spending_consent_given_by_user_id_user_account FOREIGN KEY(given_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE UNIQUE INDEX uq_spending_consent_wallet ON spending_consent (wallet_id) WHERE revoked_at IS NULL
-- next
CREATE FUNCTION spending_consent_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.wallet_id::text IS DISTINCT FROM OLD.wallet_id::text OR NEW.given_at::text IS DISTINCT FROM OLD.given_at::text OR NEW.given_by_id::text IS DISTINCT FROM OLD.given_by_id::text)) THEN
    RAISE EXCEPTION 'spending_consent_given' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at::text IS DISTINCT FROM OLD.revoked_at::text)) THEN
    RAISE EXCEPTION 'spending_consent_revoked' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM family_wallet w WHERE w.id = NEW.wallet_id AND w.giver_id = NEW.given_by_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'spending_consent_giver' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER spending_consent_guard BEFORE INSERT OR UPDATE ON spending_consent FOR EACH ROW EXECUTE FUNCTION spending_consent_guard()
-- next
CREATE OR REPLACE FUNCTION spending_consent_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'spending_consent_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER spending_consent_kept_delete BEFORE DELETE ON spending_consent FOR EACH ROW EXECUTE FUNCTION spending_consent_kept()
-- next
CREATE TRIGGER spending_consent_kept_truncate BEFORE TRUNCATE ON spending_consent FOR EACH STATEMENT EXECUTE FUNCTION spending_consent_kept()
-- next
CREATE TABLE family_use (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	wallet_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	minutes BIGINT NOT NULL, 
	what VARCHAR(200) NOT NULL, 
	used_on DATE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	policy_version BIGINT NOT NULL, 
	returned_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_family_use PRIMARY KEY (id), 
	CONSTRAINT ck_family_use_minutes_in_range CHECK (minutes BETWEEN 1 AND 60000), 
	CONSTRAINT ck_family_use_says_for_what CHECK (length(what) > 0), 
	CONSTRAINT fk_family_use_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_family_use_wallet_id_family_wallet FOREIGN KEY(wallet_id) REFERENCES family_wallet (id), 
	CONSTRAINT uq_family_use_key UNIQUE (key)
)
-- next
CREATE INDEX ix_family_use_community_id ON family_use (community_id)
-- next
CREATE INDEX ix_family_use_wallet_id_used_on ON family_use (wallet_id, used_on)
-- next
CREATE FUNCTION family_use_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.wallet_id::text IS DISTINCT FROM OLD.wallet_id::text OR NEW.key::text IS DISTINCT FROM OLD.key::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.used_on::text IS DISTINCT FROM OLD.used_on::text)) THEN
    RAISE EXCEPTION 'family_use_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.returned_at IS NOT NULL AND (NEW.returned_at::text IS DISTINCT FROM OLD.returned_at::text)) THEN
    RAISE EXCEPTION 'family_use_returned' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM family_wallet w JOIN spending_consent c ON c.wallet_id = w.id WHERE w.id = NEW.wallet_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL AND c.revoked_at IS NULL)) THEN
    RAISE EXCEPTION 'family_use_consent' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (((SELECT COALESCE(SUM(g.minutes), 0) FROM family_gift g WHERE g.wallet_id = NEW.wallet_id AND date_trunc('month', g.given_on) = date_trunc('month', NEW.used_on)) + (SELECT COALESCE(SUM(u.minutes), 0) FROM family_use u WHERE u.wallet_id = NEW.wallet_id AND u.returned_at IS NULL AND date_trunc('month', u.used_on) = date_trunc('month', NEW.used_on))) + NEW.minutes > (SELECT w.month_minutes_max FROM family_wallet w WHERE w.id = NEW.wallet_id)) THEN
    RAISE EXCEPTION 'family_use_limit' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER family_use_guard BEFORE INSERT OR UPDATE ON family_use FOR EACH ROW EXECUTE FUNCTION family_use_guard()
-- next
CREATE OR REPLACE FUNCTION family_use_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'family_use_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER family_use_kept_delete BEFORE DELETE ON family_use FOR EACH ROW EXECUTE FUNCTION family_use_kept()
-- next
CREATE TRIGGER family_use_kept_truncate BEFORE TRUNCATE ON family_use FOR EACH STATEMENT EXECUTE FUNCTION family_use_kept()
-- next
CREATE TABLE policy_rate (
	id BIGSERIAL NOT NULL, 
	policy_id BIGINT NOT NULL, 
	kind_id BIGINT NOT NULL, 
	rate_percent BIGINT NOT NULL, 
	bonus_minutes BIGINT NOT NULL, 
	CONSTRAINT pk_policy_rate PRIMARY KEY (id), 
	CONSTRAINT uq_policy_rate_policy_id_kind_id UNIQUE (policy_id, kind_id), 
	CONSTRAINT ck_policy_rate_rate_in_range CHECK (rate_percent BETWEEN 1 AND 1000), 
	CONSTRAINT ck_policy_rate_bonus_in_range CHECK (bonus_minutes BETWEEN 0 AND 240), 
	CONSTRAINT fk_policy_rate_policy_id_hours_policy FOREIGN KEY(policy_id) REFERENCES hours_policy (id), 
	CONSTRAINT fk_policy_rate_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id)
)
-- next
CREATE FUNCTION policy_rate_settled_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'policy_rate_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER policy_rate_settled_insert BEFORE INSERT ON policy_rate FOR EACH ROW EXECUTE FUNCTION policy_rate_settled_insert()
-- next
CREATE FUNCTION policy_rate_settled_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' OR COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'policy_rate_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER policy_rate_settled_update BEFORE UPDATE ON policy_rate FOR EACH ROW EXECUTE FUNCTION policy_rate_settled_update()
-- next
CREATE FUNCTION policy_rate_settled_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'policy_rate_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER policy_rate_settled_delete BEFORE DELETE ON policy_rate FOR EACH ROW EXECUTE FUNCTION policy_rate_settled_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER policy_rate_settled_delete_no_truncate BEFORE TRUNCATE ON policy_rate FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE FUNCTION policy_rate_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'policy_rate_settled' USING ERRCODE = 'restrict_violation';
END $kept$
-- next
CREATE TRIGGER policy_rate_no_truncate BEFORE TRUNCATE ON policy_rate FOR EACH STATEMENT EXECUTE FUNCTION policy_rate_kept()
-- next
CREATE TABLE policy_simulation (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	policy_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by_name VARCHAR(80) NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	records BIGINT NOT NULL, 
	volunteers BIGINT NOT NULL, 
	own_before_minutes BIGINT NOT NULL, 
	own_after_minutes BIGINT NOT NULL, 
	donation_before_minutes BIGINT NOT NULL, 
	donation_after_minutes BIGINT NOT NULL, 
	refused_after_minutes BIGINT NOT NULL, 
	gaining BIGINT NOT NULL, 
	losing BIGINT NOT NULL, 
	earners BIGINT NOT NULL, 
	redeemers_before BIGINT NOT NULL, 
	redeemers_after BIGINT NOT NULL, 
	CONSTRAINT pk_policy_simulation PRIMARY KEY (id), 
	CONSTRAINT fk_policy_simulation_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_policy_simulation_policy_id_hours_policy FOREIGN KEY(policy_id) REFERENCES hours_policy (id)
)
-- next
CREATE INDEX ix_policy_simulation_policy_id_id ON policy_simulation (policy_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER policy_simulation_no_change BEFORE UPDATE OR DELETE ON policy_simulation
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER policy_simulation_no_truncate BEFORE TRUNCATE ON policy_simulation
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE brought_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	batch_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	reference VARCHAR(40) NOT NULL, 
	minutes BIGINT NOT NULL, 
	kept VARCHAR(8) NOT NULL, 
	earned_on DATE NOT NULL, 
	CONSTRAINT pk_brought_line PRIMARY KEY (id), 
	CONSTRAINT uq_brought_line_batch_id_reference UNIQUE (batch_id, reference), 
	CONSTRAINT ck_brought_line_minutes_bounded CHECK (minutes BETWEEN 1 AND 600000), 
	CONSTRAINT ck_brought_line_kept_known CHECK (kept IN ('own', 'donation')), 
	CONSTRAINT ck_brought_line_reference_told CHECK (length(reference) > 0), 
	CONSTRAINT fk_brought_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_brought_line_batch_id_brought_batch FOREIGN KEY(batch_id) REFERENCES brought_batch (id), 
	CONSTRAINT fk_brought_line_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_brought_line_person ON brought_line (person_id)
-- next
CREATE FUNCTION brought_line_late() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM brought_batch b WHERE b.id = NEW.batch_id AND b.community_id = NEW.community_id AND b.state = 'waiting') THEN RAISE EXCEPTION 'brought_line_late' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER brought_line_late BEFORE INSERT ON brought_line FOR EACH ROW EXECUTE FUNCTION brought_line_late()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER brought_line_no_change BEFORE UPDATE OR DELETE ON brought_line
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER brought_line_no_truncate BEFORE TRUNCATE ON brought_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE need (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	recipient_id BIGINT NOT NULL, 
	asker VARCHAR(8) NOT NULL, 
	asked_by_id BIGINT, 
	asked_by_user_id BIGINT, 
	asked_by_name VARCHAR(80) NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	consent TEXT NOT NULL, 
	kind_id BIGINT NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	minutes BIGINT NOT NULL, 
	helpers BIGINT NOT NULL, 
	weekdays VARCHAR(7) NOT NULL, 
	repeat_until_on DATE, 
	risk VARCHAR(8) NOT NULL, 
	sex VARCHAR(8), 
	skills JSON NOT NULL, 
	languages JSON NOT NULL, 
	details TEXT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	micro_grid_id BIGINT, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	case_id BIGINT, 
	offer_id BIGINT, 
	revision BIGINT NOT NULL, 
	posted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_id BIGINT, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_need PRIMARY KEY (id), 
	CONSTRAINT ck_need_state_known CHECK (state IN ('posted', 'taken_up', 'ended', 'declined', 'withdrawn')), 
	CONSTRAINT ck_need_asker_known CHECK (asker IN ('self', 'relative', 'staff')), 
	CONSTRAINT ck_need_channel_known CHECK (channel IN ('page', 'phone', 'visit', 'case')), 
	CONSTRAINT ck_need_risk_known CHECK (risk IN ('low', 'raised', 'high')), 
	CONSTRAINT ck_need_sex_known CHECK (sex IN ('female', 'male')), 
	CONSTRAINT ck_need_minutes_range CHECK (minutes BETWEEN 15 AND 480), 
	CONSTRAINT ck_need_helpers_range CHECK (helpers BETWEEN 1 AND 50), 
	CONSTRAINT ck_need_own_need CHECK (asker <> 'self' OR (asked_by_id IS NOT NULL AND asked_by_id = recipient_id)), 
	CONSTRAINT ck_need_relative_with_consent CHECK (asker <> 'relative' OR (asked_by_id IS NOT NULL AND asked_by_id <> recipient_id AND consent <> '')), 
	CONSTRAINT ck_need_repeats_to_a_day CHECK ((weekdays = '') = (repeat_until_on IS NULL)), 
	CONSTRAINT ck_need_urgent_is_once CHECK (NOT is_urgent OR weekdays = ''), 
	CONSTRAINT ck_need_revision_counts CHECK (revision >= 1), 
	CONSTRAINT ck_need_case_named CHECK (case_id IS NOT NULL OR channel <> 'case'), 
	CONSTRAINT ck_need_decided_when CHECK (state NOT IN ('taken_up', 'ended', 'declined') OR decided_at IS NOT NULL), 
	CONSTRAINT ck_need_refused_why CHECK (state NOT IN ('declined', 'withdrawn') OR state_reason <> ''), 
	CONSTRAINT fk_need_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_need_recipient_id_person FOREIGN KEY(recipient_id) REFERENCES person (id), 
	CONSTRAINT fk_need_asked_by_id_person FOREIGN KEY(asked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_need_asked_by_user_id_user_account FOREIGN KEY(asked_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_need_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id), 
	CONSTRAINT fk_need_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_need_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_need_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_need_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_need_offer_id_offer FOREIGN KEY(offer_id) REFERENCES offer (id), 
	CONSTRAINT fk_need_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_need_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_need_asked_by ON need (asked_by_id, id)
-- next
CREATE INDEX ix_need_case ON need (case_id)
-- next
CREATE INDEX ix_need_centre ON need (centre_id, state)
-- next
CREATE INDEX ix_need_grid ON need (grid_id, state)
-- next
CREATE INDEX ix_need_offer ON need (offer_id)
-- next
CREATE INDEX ix_need_queue ON need (community_id, state, starts_at, id)
-- next
CREATE INDEX ix_need_recipient ON need (recipient_id, id)
-- next
CREATE INDEX ix_need_state ON need (state, id)
-- next
CREATE FUNCTION need_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('posted>declined', 'posted>taken_up', 'posted>withdrawn', 'taken_up>ended', 'taken_up>withdrawn')) THEN
    RAISE EXCEPTION 'need_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.recipient_id::text IS DISTINCT FROM OLD.recipient_id::text OR NEW.asker::text IS DISTINCT FROM OLD.asker::text OR NEW.asked_by_id::text IS DISTINCT FROM OLD.asked_by_id::text OR NEW.asked_by_user_id::text IS DISTINCT FROM OLD.asked_by_user_id::text OR NEW.asked_by_name::text IS DISTINCT FROM OLD.asked_by_name::text OR NEW.channel::text IS DISTINCT FROM OLD.channel::text OR NEW.consent::text IS DISTINCT FROM OLD.consent::text OR NEW.centre_id::text IS DISTINCT FROM OLD.centre_id::text OR NEW.case_id::text IS DISTINCT FROM OLD.case_id::text OR NEW.offer_id::text IS DISTINCT FROM OLD.offer_id::text OR NEW.posted_at::text IS DISTINCT FROM OLD.posted_at::text)) THEN
    RAISE EXCEPTION 'need_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (((NEW.kind_id::text IS DISTINCT FROM OLD.kind_id::text OR NEW.is_urgent::text IS DISTINCT FROM OLD.is_urgent::text OR NEW.starts_at::text IS DISTINCT FROM OLD.starts_at::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.helpers::text IS DISTINCT FROM OLD.helpers::text OR NEW.weekdays::text IS DISTINCT FROM OLD.weekdays::text OR NEW.repeat_until_on::text IS DISTINCT FROM OLD.repeat_until_on::text OR NEW.risk::text IS DISTINCT FROM OLD.risk::text OR NEW.sex::text IS DISTINCT FROM OLD.sex::text OR NEW.skills::text IS DISTINCT FROM OLD.skills::text OR NEW.languages::text IS DISTINCT FROM OLD.languages::text OR NEW.details::text IS DISTINCT FROM OLD.details::text OR NEW.place::text IS DISTINCT FROM OLD.place::text OR NEW.micro_grid_id::text IS DISTINCT FROM OLD.micro_grid_id::text OR NEW.grid_id::text IS DISTINCT FROM OLD.grid_id::text OR NEW.revision::text IS DISTINCT FROM OLD.revision::text)) AND NOT EXISTS (SELECT 1 FROM arrangement_change c WHERE c.need_id = NEW.id AND c.revision = NEW.revision AND NEW.revision = OLD.revision + 1 AND c.starts_before = OLD.starts_at AND c.starts_after = NEW.starts_at )) THEN
    RAISE EXCEPTION 'need_both_values' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state NOT IN ('posted', 'taken_up') AND (NEW.kind_id::text IS DISTINCT FROM OLD.kind_id::text OR NEW.is_urgent::text IS DISTINCT FROM OLD.is_urgent::text OR NEW.starts_at::text IS DISTINCT FROM OLD.starts_at::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.helpers::text IS DISTINCT FROM OLD.helpers::text OR NEW.weekdays::text IS DISTINCT FROM OLD.weekdays::text OR NEW.repeat_until_on::text IS DISTINCT FROM OLD.repeat_until_on::text OR NEW.risk::text IS DISTINCT FROM OLD.risk::text OR NEW.sex::text IS DISTINCT FROM OLD.sex::text OR NEW.skills::text IS DISTINCT FROM OLD.skills::text OR NEW.languages::text IS DISTINCT FROM OLD.languages::text OR NEW.details::text IS DISTINCT FROM OLD.details::text OR NEW.place::text IS DISTINCT FROM OLD.place::text OR NEW.micro_grid_id::text IS DISTINCT FROM OLD.micro_grid_id::text OR NEW.grid_id::text IS DISTINCT FROM OLD.grid_id::text OR NEW.revision::text IS DISTINCT FROM OLD.revision::text)) THEN
    RAISE EXCEPTION 'need_over' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.asker = 'relative' AND NOT EXISTS (SELECT 1 FROM kinship k WHERE k.verified_on IS NOT NULL AND k.person_id = NEW.recipient_id AND k.relative_id = NEW.asked_by_id)) THEN
    RAISE EXCEPTION 'need_relative_verified' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.offer_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.id = NEW.offer_id AND o.community_id = NEW.community_id AND o.state = 'open' AND o.volunteer_id <> NEW.recipient_id)) THEN
    RAISE EXCEPTION 'need_offer_gone' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.repeat_until_on IS NOT NULL AND NEW.repeat_until_on - (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date NOT BETWEEN 0 AND 91) THEN
    RAISE EXCEPTION 'need_repeat_bounded' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.risk = 'low' AND EXISTS (SELECT 1 FROM service_kind k WHERE k.id = NEW.kind_id AND k.is_risky)) THEN
    RAISE EXCEPTION 'need_risk_of_kind' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER need_guard BEFORE INSERT OR UPDATE ON need FOR EACH ROW EXECUTE FUNCTION need_guard()
-- next
CREATE OR REPLACE FUNCTION need_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'need_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER need_kept_delete BEFORE DELETE ON need FOR EACH ROW EXECUTE FUNCTION need_kept()
-- next
CREATE TRIGGER need_kept_truncate BEFORE TRUNCATE ON need FOR EACH STATEMENT EXECUTE FUNCTION need_kept()
-- next
CREATE TABLE case_event (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	actor_user_id BIGINT, 
	actor_person_id BIGINT, 
	role VARCHAR(24) NOT NULL, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	payload JSON NOT NULL, 
	private_digest VARCHAR(64) NOT NULL, 
	prev_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_case_event PRIMARY KEY (id), 
	CONSTRAINT uq_case_event_case_id_seq UNIQUE (case_id, seq), 
	CONSTRAINT ck_case_event_seq_from_one CHECK (seq >= 1), 
	CONSTRAINT ck_case_event_not_ahead CHECK (occurred_at <= recorded_at), 
	CONSTRAINT fk_case_event_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_event_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_event_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_event_actor_person_id_person FOREIGN KEY(actor_person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_case_event_community_id_recorded_at ON case_event (community_id, recorded_at)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_event_no_change BEFORE UPDATE OR DELETE ON case_event
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_event_no_truncate BEFORE TRUNCATE ON case_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_photo (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	event_seq BIGINT NOT NULL, 
	stored_file_id BIGINT NOT NULL, 
	CONSTRAINT pk_case_photo PRIMARY KEY (id), 
	CONSTRAINT uq_case_photo_case_id_event_seq_stored_file_id UNIQUE (case_id, event_seq, stored_file_id), 
	CONSTRAINT fk_case_photo_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_photo_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_photo_stored_file_id_stored_file FOREIGN KEY(stored_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_case_photo_case_id ON case_photo (case_id)
-- next
CREATE TABLE deadline_limit (
	id BIGSERIAL NOT NULL, 
	policy_id BIGINT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	amount BIGINT NOT NULL, 
	urgent_amount BIGINT, 
	unit VARCHAR(8) NOT NULL, 
	pace VARCHAR(8) NOT NULL, 
	start VARCHAR(16) NOT NULL, 
	day_rule VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_deadline_limit PRIMARY KEY (id), 
	CONSTRAINT uq_deadline_limit_policy_id_step UNIQUE (policy_id, step), 
	CONSTRAINT ck_deadline_limit_step_known CHECK (step IN ('respond', 'claim', 'resolve', 'feed_back')), 
	CONSTRAINT ck_deadline_limit_unit_known CHECK (unit IN ('minute', 'hour', 'day')), 
	CONSTRAINT ck_deadline_limit_pace_known CHECK (pace IN ('natural', 'working')), 
	CONSTRAINT ck_deadline_limit_start_known CHECK (start IN ('previous', 'registration')), 
	CONSTRAINT ck_deadline_limit_day_rule_known CHECK (day_rule IN ('exact', 'civil')), 
	CONSTRAINT ck_deadline_limit_amount_in_range CHECK (amount BETWEEN 1 AND 14400), 
	CONSTRAINT ck_deadline_limit_urgent_not_longer CHECK (urgent_amount BETWEEN 1 AND amount), 
	CONSTRAINT ck_deadline_limit_civil_counts_days CHECK (day_rule = 'exact' OR unit = 'day'), 
	CONSTRAINT fk_deadline_limit_policy_id_deadline_policy FOREIGN KEY(policy_id) REFERENCES deadline_policy (id)
)
-- next
CREATE FUNCTION deadline_limit_settled_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'deadline_limit_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER deadline_limit_settled_insert BEFORE INSERT ON deadline_limit FOR EACH ROW EXECUTE FUNCTION deadline_limit_settled_insert()
-- next
CREATE FUNCTION deadline_limit_settled_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' OR COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'deadline_limit_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER deadline_limit_settled_update BEFORE UPDATE ON deadline_limit FOR EACH ROW EXECUTE FUNCTION deadline_limit_settled_update()
-- next
CREATE FUNCTION deadline_limit_settled_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' THEN RAISE EXCEPTION 'deadline_limit_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER deadline_limit_settled_delete BEFORE DELETE ON deadline_limit FOR EACH ROW EXECUTE FUNCTION deadline_limit_settled_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER deadline_limit_settled_delete_no_truncate BEFORE TRUNCATE ON deadline_limit FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE FUNCTION deadline_limit_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'deadline_limit_settled' USING ERRCODE = 'restrict_violation';
END $kept$
-- next
CREATE TRIGGER deadline_limit_no_truncate BEFORE TRUNCATE ON deadline_limit FOR EACH STATEMENT EXECUTE FUNCTION deadline_limit_kept()
-- next
CREATE TABLE work_day (
	id BIGSERIAL NOT NULL, 
	work_year_id BIGINT NOT NULL, 
	day DATE NOT NULL, 
	is_worked BOOLEAN NOT NULL, 
	CONSTRAINT pk_work_day PRIMARY KEY (id), 
	CONSTRAINT uq_work_day_work_year_id_day UNIQUE (work_year_id, day), 
	CONSTRAINT fk_work_day_work_year_id_work_year FOREIGN KEY(work_year_id) REFERENCES work_year (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER work_day_no_change BEFORE UPDATE OR DELETE ON work_day
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER work_day_no_truncate BEFORE TRUNCATE ON work_day
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_custody (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	desk VARCHAR(12) NOT NULL, 
	user_id BIGINT, 
	user_name VARCHAR(80) NOT NULL, 
	level VARCHAR(12) NOT NULL, 
	from_seq BIGINT NOT NULL, 
	from_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	to_seq BIGINT, 
	to_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_case_custody PRIMARY KEY (id), 
	CONSTRAINT uq_case_custody_case_id_position UNIQUE (case_id, position), 
	CONSTRAINT ck_case_custody_counted_from_one CHECK (position >= 1 AND from_seq >= 1), 
	CONSTRAINT ck_case_custody_desk_known CHECK (desk IN ('worker', 'grid', 'community')), 
	CONSTRAINT ck_case_custody_level_known CHECK (level IN ('unit', 'cooperative', 'community', 'subdistrict')), 
	CONSTRAINT ck_case_custody_ended_in_order CHECK ((to_seq IS NULL) = (to_at IS NULL) AND (to_seq IS NULL OR (to_seq > from_seq AND to_at >= from_at))), 
	CONSTRAINT ck_case_custody_desk_is_nobody CHECK (desk = 'worker' OR user_id IS NULL), 
	CONSTRAINT fk_case_custody_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_custody_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_custody_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_case_custody_community_id_user_id ON case_custody (community_id, user_id)
-- next
CREATE UNIQUE INDEX uq_case_custody_open ON case_custody (case_id) WHERE to_seq IS NULL
-- next
CREATE FUNCTION case_custody_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.to_seq IS NOT NULL OR OLD.case_id IS DISTINCT FROM NEW.case_id OR OLD.position IS DISTINCT FROM NEW.position OR OLD.desk IS DISTINCT FROM NEW.desk OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.level IS DISTINCT FROM NEW.level OR OLD.from_seq IS DISTINCT FROM NEW.from_seq OR OLD.from_at IS DISTINCT FROM NEW.from_at THEN RAISE EXCEPTION 'case_custody_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER case_custody_kept BEFORE UPDATE ON case_custody FOR EACH ROW EXECUTE FUNCTION case_custody_kept()
-- next
CREATE FUNCTION case_custody_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'case_custody_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER case_custody_stays BEFORE DELETE ON case_custody FOR EACH ROW EXECUTE FUNCTION case_custody_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER case_custody_stays_no_truncate BEFORE TRUNCATE ON case_custody FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE case_result (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	is_late BOOLEAN NOT NULL, 
	segment BIGINT NOT NULL, 
	event_seq BIGINT NOT NULL, 
	CONSTRAINT pk_case_result PRIMARY KEY (id), 
	CONSTRAINT uq_case_result_case_id_round_step UNIQUE (case_id, round, step), 
	CONSTRAINT ck_case_result_step_known CHECK (step IN ('respond', 'claim', 'resolve', 'feed_back')), 
	CONSTRAINT ck_case_result_counted_from_one CHECK (round >= 1 AND segment >= 1), 
	CONSTRAINT ck_case_result_undone_is_late CHECK (done_at IS NOT NULL OR is_late), 
	CONSTRAINT ck_case_result_late_after_due CHECK (done_at IS NULL OR (done_at > due_at) = is_late), 
	CONSTRAINT fk_case_result_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_result_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_case_result_community_id_due_at ON case_result (community_id, due_at)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_result_no_change BEFORE UPDATE OR DELETE ON case_result
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_result_no_truncate BEFORE TRUNCATE ON case_result
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_whistle (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	department_id BIGINT NOT NULL, 
	is_lead BOOLEAN NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	notified_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	arrive_due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	arrived_at TIMESTAMP WITH TIME ZONE, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	caller_score BIGINT, 
	department_score BIGINT, 
	CONSTRAINT pk_case_whistle PRIMARY KEY (id), 
	CONSTRAINT uq_case_whistle_case_id_position UNIQUE (case_id, position), 
	CONSTRAINT ck_case_whistle_position_from_one CHECK (position >= 1), 
	CONSTRAINT ck_case_whistle_state_known CHECK (state IN ('notified', 'arrived', 'accepted', 'finished', 'declined', 'completed', 'withdrawn')), 
	CONSTRAINT ck_case_whistle_due_after_call CHECK (arrive_due_at > notified_at), 
	CONSTRAINT ck_case_whistle_moments_in_order CHECK ((arrived_at IS NULL OR arrived_at >= notified_at) AND (answered_at IS NULL OR answered_at >= notified_at) AND (ended_at IS NULL OR ended_at >= notified_at)), 
	CONSTRAINT ck_case_whistle_ended_at_its_end CHECK ((state IN ('declined', 'completed', 'withdrawn')) = (ended_at IS NOT NULL)), 
	CONSTRAINT ck_case_whistle_there_before_work CHECK (state NOT IN ('accepted', 'finished', 'completed') OR arrived_at IS NOT NULL), 
	CONSTRAINT ck_case_whistle_finished_before_release CHECK (state NOT IN ('finished', 'completed') OR finished_at IS NOT NULL), 
	CONSTRAINT ck_case_whistle_scores_in_range CHECK ((caller_score IS NULL OR caller_score BETWEEN 1 AND 5) AND (department_score IS NULL OR department_score BETWEEN 1 AND 5)), 
	CONSTRAINT ck_case_whistle_assessed_at_its_end CHECK (ended_at IS NOT NULL OR (caller_score IS NULL AND department_score IS NULL)), 
	CONSTRAINT fk_case_whistle_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_whistle_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_whistle_department_id_case_department FOREIGN KEY(department_id) REFERENCES case_department (id)
)
-- next
CREATE INDEX ix_case_whistle_community_id_notified_at ON case_whistle (community_id, notified_at)
-- next
CREATE INDEX ix_case_whistle_community_id_state_arrive_due_at ON case_whistle (community_id, state, arrive_due_at)
-- next
CREATE INDEX ix_case_whistle_department_id ON case_whistle (department_id)
-- next
CREATE FUNCTION case_whistle_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.case_id IS DISTINCT FROM NEW.case_id OR OLD.position IS DISTINCT FROM NEW.position OR OLD.department_id IS DISTINCT FROM NEW.department_id OR OLD.notified_at IS DISTINCT FROM NEW.notified_at OR OLD.arrive_due_at IS DISTINCT FROM NEW.arrive_due_at OR (OLD.ended_at IS NOT NULL AND OLD.state <> NEW.state) OR (OLD.caller_score IS NOT NULL AND OLD.caller_score IS DISTINCT FROM NEW.caller_score) OR (OLD.department_score IS NOT NULL AND OLD.department_score IS DISTINCT FROM NEW.department_score) THEN RAISE EXCEPTION 'case_whistle_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER case_whistle_kept BEFORE UPDATE ON case_whistle FOR EACH ROW EXECUTE FUNCTION case_whistle_kept()
-- next
CREATE FUNCTION case_whistle_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'case_whistle_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER case_whistle_stays BEFORE DELETE ON case_whistle FOR EACH ROW EXECUTE FUNCTION case_whistle_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER case_whistle_stays_no_truncate BEFORE TRUNCATE ON case_whistle FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE case_feedback (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	reporter VARCHAR(24) NOT NULL, 
	tries BIGINT NOT NULL, 
	last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	method VARCHAR(12) NOT NULL, 
	answer VARCHAR(16), 
	satisfaction VARCHAR(16), 
	CONSTRAINT pk_case_feedback PRIMARY KEY (id), 
	CONSTRAINT uq_case_feedback_case_id_round_reporter UNIQUE (case_id, round, reporter), 
	CONSTRAINT ck_case_feedback_counted CHECK (round >= 1 AND tries >= 0), 
	CONSTRAINT ck_case_feedback_answer_known CHECK (answer IS NULL OR answer IN ('solved', 'unsolved', 'unreachable')), 
	CONSTRAINT ck_case_feedback_method_known CHECK (method IN ('visit', 'phone', 'message', 'site_check', 'online')), 
	CONSTRAINT ck_case_feedback_satisfaction_known CHECK (satisfaction IS NULL OR satisfaction IN ('satisfied', 'mostly', 'unsatisfied')), 
	CONSTRAINT ck_case_feedback_rated_when_answered CHECK (satisfaction IS NULL OR answer IN ('solved', 'unsolved')), 
	CONSTRAINT fk_case_feedback_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_feedback_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE TABLE case_reminder (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	notch VARCHAR(12) NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_case_reminder PRIMARY KEY (id), 
	CONSTRAINT uq_case_reminder_case_id_round_step_notch UNIQUE (case_id, round, step, notch), 
	CONSTRAINT ck_case_reminder_step_known CHECK (step IN ('respond', 'claim', 'resolve', 'feed_back')), 
	CONSTRAINT ck_case_reminder_notch_known CHECK (notch IN ('soon', 'late', 'still_late')), 
	CONSTRAINT fk_case_reminder_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_reminder_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_reminder_no_change BEFORE UPDATE OR DELETE ON case_reminder
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_reminder_no_truncate BEFORE TRUNCATE ON case_reminder
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_reporter (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	person_id BIGINT, 
	name TEXT, 
	contact TEXT, 
	email TEXT, 
	token_digest VARCHAR(64), 
	channel VARCHAR(16) NOT NULL, 
	joined_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	erased_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_case_reporter PRIMARY KEY (id), 
	CONSTRAINT uq_case_reporter_token_digest UNIQUE (token_digest), 
	CONSTRAINT ck_case_reporter_channel_known CHECK (channel IN ('web', 'staff', 'phone', 'sign', 'public', 'file', 'open311')), 
	CONSTRAINT ck_case_reporter_somebody CHECK (person_id IS NOT NULL OR contact IS NOT NULL OR token_digest IS NOT NULL OR name IS NOT NULL OR email IS NOT NULL OR erased_at IS NOT NULL), 
	CONSTRAINT ck_case_reporter_erased_is_gone CHECK (erased_at IS NULL OR (name IS NULL AND contact IS NULL AND email IS NULL)), 
	CONSTRAINT fk_case_reporter_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_reporter_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_reporter_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_case_reporter_case_id ON case_reporter (case_id)
-- next
CREATE INDEX ix_case_reporter_person_id ON case_reporter (person_id, case_id) WHERE person_id IS NOT NULL
-- next
CREATE UNIQUE INDEX uq_case_reporter_person ON case_reporter (case_id, person_id) WHERE person_id IS NOT NULL
-- next
CREATE TABLE meeting (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	place VARCHAR(80) NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	rule_version BIGINT NOT NULL, 
	share_permille BIGINT NOT NULL, 
	heads_min BIGINT NOT NULL, 
	sides_min BIGINT NOT NULL, 
	minutes VARCHAR(8000) NOT NULL, 
	cancel_reason VARCHAR(200) NOT NULL, 
	planned_by_user_id BIGINT, 
	held_at TIMESTAMP WITH TIME ZONE, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	signed_by_name VARCHAR(80) NOT NULL, 
	signed_file_id BIGINT, 
	summary VARCHAR(1000) NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_meeting PRIMARY KEY (id), 
	CONSTRAINT uq_meeting_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT ck_meeting_kind_known CHECK (kind IN ('hall', 'joint', 'hearing')), 
	CONSTRAINT ck_meeting_state_known CHECK (state IN ('draft', 'invited', 'held', 'signed', 'published', 'cancelled')), 
	CONSTRAINT ck_meeting_named CHECK (length(title) > 0 AND length(place) > 0), 
	CONSTRAINT ck_meeting_cancelled_why CHECK ((state = 'cancelled') = (cancel_reason <> '')), 
	CONSTRAINT ck_meeting_signed_is_dated CHECK ((state IN ('signed', 'published')) = (signed_at IS NOT NULL)), 
	CONSTRAINT ck_meeting_signed_in_words CHECK (signed_at IS NULL OR minutes <> ''), 
	CONSTRAINT ck_meeting_published_is_dated CHECK ((state = 'published') = (published_at IS NOT NULL)), 
	CONSTRAINT fk_meeting_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_meeting_planned_by_user_id_user_account FOREIGN KEY(planned_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_meeting_signed_file_id_stored_file FOREIGN KEY(signed_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_meeting_community_id_starts_at_id ON meeting (community_id, starts_at, id)
-- next
CREATE FUNCTION meeting_signed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state IN ('signed', 'published') AND (NEW.state NOT IN ('signed', 'published') OR OLD.year IS DISTINCT FROM NEW.year OR OLD.serial IS DISTINCT FROM NEW.serial OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.title IS DISTINCT FROM NEW.title OR OLD.place IS DISTINCT FROM NEW.place OR OLD.starts_at IS DISTINCT FROM NEW.starts_at OR OLD.minutes IS DISTINCT FROM NEW.minutes OR OLD.share_permille IS DISTINCT FROM NEW.share_permille OR OLD.heads_min IS DISTINCT FROM NEW.heads_min OR OLD.sides_min IS DISTINCT FROM NEW.sides_min OR OLD.held_at IS DISTINCT FROM NEW.held_at OR OLD.signed_at IS DISTINCT FROM NEW.signed_at OR OLD.signed_by_name IS DISTINCT FROM NEW.signed_by_name OR OLD.signed_file_id IS DISTINCT FROM NEW.signed_file_id) THEN RAISE EXCEPTION 'meeting_signed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER meeting_signed BEFORE UPDATE ON meeting FOR EACH ROW EXECUTE FUNCTION meeting_signed()
-- next
CREATE TABLE routing_rule (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	version_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	grid_id BIGINT, 
	micro_grid_id BIGINT, 
	category VARCHAR(16), 
	source VARCHAR(16), 
	is_urgent BOOLEAN, 
	to_role VARCHAR(24), 
	to_user_id BIGINT, 
	CONSTRAINT pk_routing_rule PRIMARY KEY (id), 
	CONSTRAINT uq_routing_rule_version_id_position UNIQUE (version_id, position), 
	CONSTRAINT ck_routing_rule_position_from_one CHECK (position >= 1), 
	CONSTRAINT ck_routing_rule_category_known CHECK (category IS NULL OR category IN ('fire_safety', 'facilities', 'sanitation', 'fumes_noise', 'parking', 'street_order', 'dispute', 'care', 'other')), 
	CONSTRAINT ck_routing_rule_source_known CHECK (source IS NULL OR source IN ('assigned', 'reported', 'patrol')), 
	CONSTRAINT ck_routing_rule_role_known CHECK (to_role IS NULL OR to_role IN ('grid_officer', 'steward', 'community_admin')), 
	CONSTRAINT ck_routing_rule_one_taker CHECK ((to_role IS NULL) <> (to_user_id IS NULL)), 
	CONSTRAINT ck_routing_rule_asks_something CHECK (grid_id IS NOT NULL OR micro_grid_id IS NOT NULL OR category IS NOT NULL OR source IS NOT NULL OR is_urgent IS NOT NULL), 
	CONSTRAINT fk_routing_rule_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_routing_rule_version_id_routing_version FOREIGN KEY(version_id) REFERENCES routing_version (id), 
	CONSTRAINT fk_routing_rule_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_routing_rule_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_routing_rule_to_user_id_user_account FOREIGN KEY(to_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE case_route (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	routed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ground VARCHAR(12) NOT NULL, 
	user_id BIGINT, 
	user_name VARCHAR(80) NOT NULL, 
	user_role VARCHAR(24), 
	version BIGINT, 
	position BIGINT, 
	instead_of_name VARCHAR(80), 
	away_first_on DATE, 
	away_last_on DATE, 
	CONSTRAINT pk_case_route PRIMARY KEY (id), 
	CONSTRAINT uq_case_route_case_id UNIQUE (case_id), 
	CONSTRAINT ck_case_route_ground_known CHECK (ground IN ('rule', 'rule_unfit', 'officer', 'admin', 'nobody')), 
	CONSTRAINT ck_case_route_somebody_or_nobody CHECK ((user_id IS NULL) = (ground = 'nobody')), 
	CONSTRAINT ck_case_route_deputy_whole CHECK ((instead_of_name IS NULL) = (away_first_on IS NULL) AND (instead_of_name IS NULL) = (away_last_on IS NULL)), 
	CONSTRAINT fk_case_route_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_route_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_route_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_case_route_user_id_case_id ON case_route (user_id, case_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_route_no_change BEFORE UPDATE OR DELETE ON case_route
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_route_no_truncate BEFORE TRUNCATE ON case_route
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_intake (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sign_id BIGINT, 
	external_number VARCHAR(60), 
	lat_e6 BIGINT, 
	lng_e6 BIGINT, 
	act_key UUID, 
	CONSTRAINT pk_case_intake PRIMARY KEY (id), 
	CONSTRAINT ck_place_sign_point_whole CHECK ((lat_e6 IS NULL) = (lng_e6 IS NULL)), 
	CONSTRAINT ck_place_sign_point_on_earth CHECK (lat_e6 BETWEEN -90000000 AND 90000000 AND lng_e6 BETWEEN -180000000 AND 180000000), 
	CONSTRAINT uq_case_intake_case_id UNIQUE (case_id), 
	CONSTRAINT uq_case_intake_community_id_external_number UNIQUE (community_id, external_number), 
	CONSTRAINT uq_case_intake_act_key UNIQUE (act_key), 
	CONSTRAINT ck_case_intake_channel_known CHECK (channel IN ('web', 'staff', 'phone', 'sign', 'public', 'file', 'open311')), 
	CONSTRAINT ck_case_intake_external_number_said CHECK (length(external_number) > 0), 
	CONSTRAINT fk_case_intake_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_intake_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_intake_sign_id_place_sign FOREIGN KEY(sign_id) REFERENCES place_sign (id)
)
-- next
CREATE INDEX ix_case_intake_public ON case_intake (community_id, recorded_at) WHERE act_key IS NOT NULL
-- next
CREATE INDEX ix_case_intake_sign_id ON case_intake (sign_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_intake_no_change BEFORE UPDATE OR DELETE ON case_intake
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_intake_no_truncate BEFORE TRUNCATE ON case_intake
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE project (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	description TEXT NOT NULL, 
	place_text VARCHAR(120) NOT NULL, 
	micro_grid_id BIGINT, 
	case_id BIGINT, 
	due_on DATE, 
	state VARCHAR(16) NOT NULL, 
	agreement_version BIGINT, 
	cash_account_id BIGINT, 
	cost_account_id BIGINT, 
	retention_account_id BIGINT, 
	retention_permille BIGINT NOT NULL, 
	before_acceptance_permille BIGINT NOT NULL, 
	defect_months BIGINT NOT NULL, 
	publicised_from DATE, 
	publicised_to DATE, 
	publicity_file_id BIGINT, 
	accepted_on DATE, 
	defects_until DATE, 
	proposed_by BIGINT, 
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	costed_at TIMESTAMP WITH TIME ZONE, 
	publicised_at TIMESTAMP WITH TIME ZONE, 
	voting_at TIMESTAMP WITH TIME ZONE, 
	agreed_at TIMESTAMP WITH TIME ZONE, 
	funding_at TIMESTAMP WITH TIME ZONE, 
	active_at TIMESTAMP WITH TIME ZONE, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	retention_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	acceptance_note TEXT NOT NULL, 
	acceptance_file_id BIGINT, 
	end_reason TEXT NOT NULL, 
	CONSTRAINT pk_project PRIMARY KEY (id), 
	CONSTRAINT uq_project_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT ck_project_state CHECK (state IN ('draft', 'costed', 'publicised', 'voting', 'agreed', 'funding', 'active', 'accepted', 'settled', 'retention', 'closed', 'cancelled')), 
	CONSTRAINT ck_project_serial CHECK (serial > 0), 
	CONSTRAINT ck_project_cancel_reason CHECK (state <> 'cancelled' OR end_reason <> ''), 
	CONSTRAINT ck_project_retention CHECK (retention_permille BETWEEN 0 AND 30), 
	CONSTRAINT ck_project_before_acceptance CHECK (before_acceptance_permille BETWEEN 0 AND 1000), 
	CONSTRAINT ck_project_publicised CHECK ((publicised_from IS NULL) = (publicised_to IS NULL) AND (publicised_to IS NULL OR publicised_to >= publicised_from)), 
	CONSTRAINT fk_project_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_project_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT uq_project_cash_account_id UNIQUE (cash_account_id), 
	CONSTRAINT uq_project_cost_account_id UNIQUE (cost_account_id), 
	CONSTRAINT uq_project_retention_account_id UNIQUE (retention_account_id), 
	CONSTRAINT fk_project_publicity_file_id_stored_file FOREIGN KEY(publicity_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_project_proposed_by_user_account FOREIGN KEY(proposed_by) REFERENCES user_account (id), 
	CONSTRAINT fk_project_acceptance_file_id_stored_file FOREIGN KEY(acceptance_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_project_case_id ON project (case_id)
-- next
CREATE INDEX ix_project_community_id_state ON project (community_id, state)
-- next
CREATE OR REPLACE FUNCTION project_state_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (OLD.state || '>' || NEW.state) NOT IN ('accepted>accepted', 'accepted>settled', 'active>accepted', 'active>active', 'active>cancelled', 'agreed>agreed', 'agreed>cancelled', 'agreed>costed', 'agreed>funding', 'cancelled>cancelled', 'closed>closed', 'costed>cancelled', 'costed>costed', 'costed>publicised', 'draft>cancelled', 'draft>costed', 'draft>draft', 'funding>active', 'funding>cancelled', 'funding>funding', 'publicised>agreed', 'publicised>cancelled', 'publicised>costed', 'publicised>publicised', 'publicised>voting', 'retention>closed', 'retention>retention', 'settled>closed', 'settled>retention', 'settled>settled', 'voting>agreed', 'voting>cancelled', 'voting>costed', 'voting>voting') OR (NEW.state IN ('agreed', 'funding', 'active', 'accepted', 'settled', 'retention', 'closed') AND NOT EXISTS (SELECT 1 FROM agreement a WHERE a.project_id = NEW.id AND a.version = NEW.agreement_version AND a.is_sealed)) OR (NEW.state IN ('publicised', 'voting') AND NEW.publicised_to IS NULL) OR (NEW.state IN ('closed', 'cancelled') AND OLD.state <> NEW.state AND EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id IN (NEW.cash_account_id, NEW.retention_account_id) AND (b.posted <> 0 OR b.held <> 0))) OR (NEW.state = 'settled' AND OLD.state <> 'settled' AND NOT EXISTS (SELECT 1 FROM cofund_settlement s WHERE s.project_id = NEW.id)) OR (NEW.state IN ('accepted', 'settled') AND NEW.accepted_on IS NULL) THEN RAISE EXCEPTION 'project_state_moves' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER project_state_moves BEFORE UPDATE ON project FOR EACH ROW EXECUTE FUNCTION project_state_moves()
-- next
CREATE OR REPLACE FUNCTION project_starts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'project_starts' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER project_starts BEFORE INSERT ON project FOR EACH ROW EXECUTE FUNCTION project_starts()
-- next
CREATE OR REPLACE FUNCTION project_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'project_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER project_stays BEFORE DELETE ON project FOR EACH ROW EXECUTE FUNCTION project_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER project_stays_no_truncate BEFORE TRUNCATE ON project FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_income_source (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	other_party VARCHAR(16) NOT NULL, 
	owners_permille BIGINT NOT NULL, 
	document_file_id BIGINT NOT NULL, 
	opened_by BIGINT, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_income_source PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_income_source_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_cofund_income_source_other_party CHECK (other_party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_cofund_income_source_other CHECK (other_party <> 'residents'), 
	CONSTRAINT ck_cofund_income_source_split CHECK (owners_permille BETWEEN 0 AND 1000), 
	CONSTRAINT fk_cofund_income_source_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_income_source_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_cofund_income_source_opened_by_user_account FOREIGN KEY(opened_by) REFERENCES user_account (id)
)
-- next
CREATE TABLE certificate_paper (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	certificate_id BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	handed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_certificate_paper PRIMARY KEY (id), 
	CONSTRAINT ck_certificate_paper_digested CHECK (length(digest) = 64), 
	CONSTRAINT fk_certificate_paper_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_certificate_paper_certificate_id UNIQUE (certificate_id), 
	CONSTRAINT fk_certificate_paper_certificate_id_service_certificate FOREIGN KEY(certificate_id) REFERENCES service_certificate (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER certificate_paper_no_change BEFORE UPDATE OR DELETE ON certificate_paper
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER certificate_paper_no_truncate BEFORE TRUNCATE ON certificate_paper
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE certificate_consent (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	certificate_id BIGINT NOT NULL, 
	is_given BOOLEAN NOT NULL, 
	how VARCHAR(4) NOT NULL, 
	slip_number VARCHAR(40) NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	noted_by_user_id BIGINT, 
	CONSTRAINT pk_certificate_consent PRIMARY KEY (id), 
	CONSTRAINT ck_certificate_consent_how_known CHECK (how IN ('self', 'slip')), 
	CONSTRAINT ck_certificate_consent_slip_numbered CHECK ((how = 'slip') = (slip_number <> '')), 
	CONSTRAINT fk_certificate_consent_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_certificate_consent_certificate_id_service_certificate FOREIGN KEY(certificate_id) REFERENCES service_certificate (id), 
	CONSTRAINT fk_certificate_consent_noted_by_user_id_user_account FOREIGN KEY(noted_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_certificate_consent_certificate_id_id ON certificate_consent (certificate_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER certificate_consent_no_change BEFORE UPDATE OR DELETE ON certificate_consent
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER certificate_consent_no_truncate BEFORE TRUNCATE ON certificate_consent
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE certificate_withdrawal (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	certificate_id BIGINT NOT NULL, 
	ground VARCHAR(12) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	withdrawn_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	withdrawn_on DATE NOT NULL, 
	withdrawn_by_user_id BIGINT, 
	withdrawn_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_certificate_withdrawal PRIMARY KEY (id), 
	CONSTRAINT ck_certificate_withdrawal_ground_known CHECK (ground IN ('wrong_facts', 'false_record', 'on_request', 'replaced')), 
	CONSTRAINT ck_certificate_withdrawal_reason_told CHECK (length(reason) > 0), 
	CONSTRAINT fk_certificate_withdrawal_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_certificate_withdrawal_certificate_id UNIQUE (certificate_id), 
	CONSTRAINT fk_certificate_withdrawal_certificate_id_service_certificate FOREIGN KEY(certificate_id) REFERENCES service_certificate (id), 
	CONSTRAINT fk_certificate_withdrawal_withdrawn_by_user_id_user_account FOREIGN KEY(withdrawn_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER certificate_withdrawal_no_change BEFORE UPDATE OR DELETE ON certificate_withdrawal
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER certificate_withdrawal_no_truncate BEFORE TRUNCATE ON certificate_withdrawal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE passbook_print (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	booklet_id BIGINT NOT NULL, 
	sequence BIGINT NOT NULL, 
	first_position BIGINT NOT NULL, 
	last_position BIGINT NOT NULL, 
	lines BIGINT NOT NULL, 
	opening_minutes BIGINT NOT NULL, 
	closing_minutes BIGINT NOT NULL, 
	printed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	printed_by_user_id BIGINT, 
	printed_by_name VARCHAR(80) NOT NULL, 
	act_key UUID NOT NULL, 
	voided_at TIMESTAMP WITH TIME ZONE, 
	void_reason VARCHAR(200) NOT NULL, 
	is_paper_used BOOLEAN, 
	voided_by_user_id BIGINT, 
	CONSTRAINT pk_passbook_print PRIMARY KEY (id), 
	CONSTRAINT uq_passbook_print_booklet_id_sequence UNIQUE (booklet_id, sequence), 
	CONSTRAINT ck_passbook_print_sequence_positive CHECK (sequence > 0), 
	CONSTRAINT ck_passbook_print_position_positive CHECK (first_position > 0), 
	CONSTRAINT ck_passbook_print_lines_of_span CHECK (last_position - first_position + 1 = lines), 
	CONSTRAINT ck_passbook_print_prints_something CHECK (lines BETWEEN 1 AND 400), 
	CONSTRAINT ck_passbook_print_voided_with_reason CHECK ((voided_at IS NULL) = (void_reason = '') AND (voided_at IS NULL) = (is_paper_used IS NULL)), 
	CONSTRAINT fk_passbook_print_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_passbook_print_booklet_id_passbook_booklet FOREIGN KEY(booklet_id) REFERENCES passbook_booklet (id), 
	CONSTRAINT fk_passbook_print_printed_by_user_id_user_account FOREIGN KEY(printed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_passbook_print_act_key UNIQUE (act_key), 
	CONSTRAINT fk_passbook_print_voided_by_user_id_user_account FOREIGN KEY(voided_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_passbook_print_community_id ON passbook_print (community_id)
-- next
CREATE FUNCTION passbook_print_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.booklet_id::text IS DISTINCT FROM OLD.booklet_id::text OR NEW.sequence::text IS DISTINCT FROM OLD.sequence::text OR NEW.first_position::text IS DISTINCT FROM OLD.first_position::text OR NEW.last_position::text IS DISTINCT FROM OLD.last_position::text OR NEW.lines::text IS DISTINCT FROM OLD.lines::text OR NEW.opening_minutes::text IS DISTINCT FROM OLD.opening_minutes::text OR NEW.closing_minutes::text IS DISTINCT FROM OLD.closing_minutes::text OR NEW.printed_at::text IS DISTINCT FROM OLD.printed_at::text OR NEW.printed_by_name::text IS DISTINCT FROM OLD.printed_by_name::text OR NEW.act_key::text IS DISTINCT FROM OLD.act_key::text)) THEN
    RAISE EXCEPTION 'passbook_print_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.voided_at IS NOT NULL) THEN
    RAISE EXCEPTION 'passbook_print_voided' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.voided_at IS NULL AND EXISTS (SELECT 1 FROM passbook_print p WHERE p.booklet_id = NEW.booklet_id AND p.sequence > NEW.sequence)) THEN
    RAISE EXCEPTION 'passbook_print_not_last' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM passbook_booklet b WHERE b.id = NEW.booklet_id AND b.closed_at IS NULL AND NEW.last_position <= b.lines_per_page * b.pages)) THEN
    RAISE EXCEPTION 'passbook_print_full' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.first_position <> 1 + COALESCE((SELECT max(l.position) FROM passbook_line l WHERE l.booklet_id = NEW.booklet_id AND l.is_on_paper), 0)) THEN
    RAISE EXCEPTION 'passbook_print_elsewhere' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.sequence <> 1 + COALESCE((SELECT max(p.sequence) FROM passbook_print p WHERE p.booklet_id = NEW.booklet_id), 0)) THEN
    RAISE EXCEPTION 'passbook_print_next' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER passbook_print_guard BEFORE INSERT OR UPDATE ON passbook_print FOR EACH ROW EXECUTE FUNCTION passbook_print_guard()
-- next
CREATE OR REPLACE FUNCTION passbook_print_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'passbook_print_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER passbook_print_kept_delete BEFORE DELETE ON passbook_print FOR EACH ROW EXECUTE FUNCTION passbook_print_kept()
-- next
CREATE TRIGGER passbook_print_kept_truncate BEFORE TRUNCATE ON passbook_print FOR EACH STATEMENT EXECUTE FUNCTION passbook_print_kept()
-- next
CREATE TABLE bank_closing (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	through_on DATE NOT NULL, 
	period_number BIGINT NOT NULL, 
	vouchers BIGINT NOT NULL, 
	closed_by BIGINT NOT NULL, 
	closed_name VARCHAR(80) NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_bank_closing PRIMARY KEY (id), 
	CONSTRAINT fk_bank_closing_book_id_period_number_ledger_period FOREIGN KEY(book_id, period_number) REFERENCES ledger_period (book_id, number), 
	CONSTRAINT uq_bank_closing_book_id_month UNIQUE (book_id, month), 
	CONSTRAINT ck_bank_closing_through_on CHECK (through_on >= month), 
	CONSTRAINT ck_bank_closing_vouchers CHECK (vouchers >= 0), 
	CONSTRAINT fk_bank_closing_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_closing_book_id_ledger_book FOREIGN KEY(book_id) REFERENCES ledger_book (id), 
	CONSTRAINT fk_bank_closing_closed_by_user_account FOREIGN KEY(closed_by) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER bank_closing_no_change BEFORE UPDATE OR DELETE ON bank_closing
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER bank_closing_no_truncate BEFORE TRUNCATE ON bank_closing
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION bank_closing_other_hand() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM bank_line l JOIN bank_account b ON b.id = l.account_id JOIN bank_allocation a ON a.line_id = l.id WHERE b.book_id = NEW.book_id AND a.claimed_by = NEW.closed_by AND NOT a.is_automatic AND l.booked_on >= NEW.month AND l.booked_on <= NEW.through_on) THEN RAISE EXCEPTION 'bank_closing_other_hand' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_closing_other_hand BEFORE INSERT ON bank_closing FOR EACH ROW EXECUTE FUNCTION bank_closing_other_hand()
-- next
CREATE FUNCTION bank_closing_left_open() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM bank_line l JOIN bank_account b ON b.id = l.account_id JOIN bank_unclaimed u ON u.line_id = l.id WHERE b.book_id = NEW.book_id AND l.booked_on <= NEW.through_on AND u.unallocated_fen > 0 AND NOT EXISTS (SELECT 1 FROM bank_closing_waiver w WHERE w.line_id = l.id AND w.month = NEW.month AND w.amount_fen >= u.unallocated_fen)) THEN RAISE EXCEPTION 'bank_closing_left_open' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_closing_left_open BEFORE INSERT ON bank_closing FOR EACH ROW EXECUTE FUNCTION bank_closing_left_open()
-- next
CREATE FUNCTION bank_closing_held() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_period p WHERE p.book_id = NEW.book_id AND p.number = NEW.period_number AND p.through_on = NEW.through_on AND p.community_id = NEW.community_id) THEN RAISE EXCEPTION 'bank_closing_held' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_closing_held BEFORE INSERT ON bank_closing FOR EACH ROW EXECUTE FUNCTION bank_closing_held()
-- next
CREATE TABLE visit_door (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	visit_id BIGINT NOT NULL, 
	household_id BIGINT NOT NULL, 
	result VARCHAR(8) NOT NULL, 
	met_person_id BIGINT, 
	note TEXT, 
	again_on DATE, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_visit_door PRIMARY KEY (id), 
	CONSTRAINT uq_visit_door_visit_id_household_id UNIQUE (visit_id, household_id), 
	CONSTRAINT ck_visit_door_result_known CHECK (result IN ('met', 'not_met', 'declined')), 
	CONSTRAINT ck_visit_door_not_met_goes_again CHECK ((result = 'not_met') = (again_on IS NOT NULL)), 
	CONSTRAINT ck_visit_door_met_somebody CHECK (met_person_id IS NULL OR result = 'met'), 
	CONSTRAINT fk_visit_door_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_visit_door_visit_id_unit_visit FOREIGN KEY(visit_id) REFERENCES unit_visit (id), 
	CONSTRAINT fk_visit_door_household_id_household FOREIGN KEY(household_id) REFERENCES household (id), 
	CONSTRAINT fk_visit_door_met_person_id_person FOREIGN KEY(met_person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_visit_door_community_id ON visit_door (community_id)
-- next
CREATE INDEX ix_visit_door_household_id ON visit_door (household_id)
-- next
CREATE INDEX ix_visit_door_met_person_id ON visit_door (met_person_id)
-- next
CREATE TABLE visit_change (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	visit_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	old_value TEXT, 
	new_value TEXT NOT NULL, 
	has_consent BOOLEAN NOT NULL, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	noted_by_user_id BIGINT, 
	CONSTRAINT pk_visit_change PRIMARY KEY (id), 
	CONSTRAINT ck_visit_change_kind_known CHECK (kind IN ('phone', 'room', 'newcomer')), 
	CONSTRAINT ck_visit_change_consent_given CHECK (has_consent), 
	CONSTRAINT ck_visit_change_newcomer_has_no_past CHECK ((kind = 'newcomer') = (old_value IS NULL)), 
	CONSTRAINT fk_visit_change_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_visit_change_visit_id_unit_visit FOREIGN KEY(visit_id) REFERENCES unit_visit (id), 
	CONSTRAINT fk_visit_change_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_visit_change_noted_by_user_id_user_account FOREIGN KEY(noted_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_visit_change_community_id ON visit_change (community_id)
-- next
CREATE INDEX ix_visit_change_noted_by_user_id ON visit_change (noted_by_user_id)
-- next
CREATE INDEX ix_visit_change_person_id ON visit_change (person_id)
-- next
CREATE INDEX ix_visit_change_visit_id ON visit_change (visit_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER visit_change_no_change BEFORE UPDATE OR DELETE ON visit_change
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER visit_change_no_truncate BEFORE TRUNCATE ON visit_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE visit_finding (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	visit_id BIGINT NOT NULL, 
	words TEXT NOT NULL, 
	case_id BIGINT, 
	found_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_visit_finding PRIMARY KEY (id), 
	CONSTRAINT uq_visit_finding_case_id UNIQUE (case_id), 
	CONSTRAINT fk_visit_finding_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_visit_finding_visit_id_unit_visit FOREIGN KEY(visit_id) REFERENCES unit_visit (id), 
	CONSTRAINT fk_visit_finding_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_visit_finding_community_id ON visit_finding (community_id)
-- next
CREATE INDEX ix_visit_finding_visit_id ON visit_finding (visit_id)
-- next
CREATE TABLE ledger_account (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	code VARCHAR(60) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	kind VARCHAR(7) NOT NULL, 
	normal VARCHAR(6) NOT NULL, 
	floor BIGINT, 
	restriction VARCHAR(8), 
	person_id BIGINT, 
	project_id BIGINT, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_account PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_account_book_id_community_id_ledger_book FOREIGN KEY(book_id, community_id) REFERENCES ledger_book (id, community_id), 
	CONSTRAINT uq_ledger_account_book_id_code UNIQUE (book_id, code), 
	CONSTRAINT uq_ledger_account_id_book_id_asset UNIQUE (id, book_id, asset), 
	CONSTRAINT ck_ledger_account_asset_known CHECK (asset IN ('MIN', 'CNY')), 
	CONSTRAINT ck_ledger_account_kind_known CHECK (kind IN ('bounded', 'open')), 
	CONSTRAINT ck_ledger_account_normal_known CHECK (normal IN ('debit', 'credit')), 
	CONSTRAINT ck_ledger_account_floor_iff_bounded CHECK ((kind = 'bounded') = (floor IS NOT NULL)), 
	CONSTRAINT ck_ledger_account_floor_not_positive CHECK (floor <= 0), 
	CONSTRAINT ck_ledger_account_restriction_known CHECK (restriction IN ('own', 'team', 'donation')), 
	CONSTRAINT ck_ledger_account_lots_of_credit CHECK (restriction IS NULL OR (kind = 'bounded' AND normal = 'credit' AND floor = 0)), 
	CONSTRAINT ck_ledger_account_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_account_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_account_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_ledger_account_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_ledger_account_open ON ledger_account (book_id) WHERE kind = 'open'
-- next
CREATE INDEX ix_ledger_account_person_id ON ledger_account (person_id)
-- next
CREATE INDEX ix_ledger_account_project_id ON ledger_account (project_id)
-- next
CREATE TABLE policy_outcome (
	id BIGSERIAL NOT NULL, 
	simulation_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	records BIGINT NOT NULL, 
	own_before_minutes BIGINT NOT NULL, 
	own_after_minutes BIGINT NOT NULL, 
	donation_after_minutes BIGINT NOT NULL, 
	refused_after_minutes BIGINT NOT NULL, 
	CONSTRAINT pk_policy_outcome PRIMARY KEY (id), 
	CONSTRAINT fk_policy_outcome_simulation_id_policy_simulation FOREIGN KEY(simulation_id) REFERENCES policy_simulation (id), 
	CONSTRAINT fk_policy_outcome_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_policy_outcome_simulation_id_id ON policy_outcome (simulation_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER policy_outcome_no_change BEFORE UPDATE OR DELETE ON policy_outcome
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER policy_outcome_no_truncate BEFORE TRUNCATE ON policy_outcome
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE task (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	need_id BIGINT, 
	series_on DATE, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	activity VARCHAR(120) NOT NULL, 
	recipient_id BIGINT, 
	asked_by_id BIGINT, 
	organisation_id BIGINT, 
	kind_id BIGINT NOT NULL, 
	admission VARCHAR(8) NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	places BIGINT NOT NULL, 
	taken BIGINT DEFAULT 0 NOT NULL, 
	risk VARCHAR(8) NOT NULL, 
	sex VARCHAR(8), 
	skills JSON NOT NULL, 
	languages JSON NOT NULL, 
	details TEXT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	micro_grid_id BIGINT, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	case_id BIGINT, 
	revision BIGINT NOT NULL, 
	posted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	posted_by_id BIGINT, 
	posted_by_user_id BIGINT, 
	posted_by_name VARCHAR(80) NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_task PRIMARY KEY (id), 
	CONSTRAINT uq_task_need_id_series_on UNIQUE (need_id, series_on), 
	CONSTRAINT uq_task_id_starts_at_ends_at UNIQUE (id, starts_at, ends_at), 
	CONSTRAINT ck_task_state_known CHECK (state IN ('open', 'done', 'unmet', 'cancelled')), 
	CONSTRAINT ck_task_admission_known CHECK (admission IN ('direct', 'picked')), 
	CONSTRAINT ck_task_risk_known CHECK (risk IN ('low', 'raised', 'high')), 
	CONSTRAINT ck_task_sex_known CHECK (sex IN ('female', 'male')), 
	CONSTRAINT ck_task_ends_after_start CHECK (ends_at > starts_at), 
	CONSTRAINT ck_task_places_range CHECK (places BETWEEN 1 AND 500), 
	CONSTRAINT ck_task_not_overfull CHECK (taken BETWEEN 0 AND places), 
	CONSTRAINT ck_task_serves_somebody CHECK (recipient_id IS NOT NULL OR activity <> ''), 
	CONSTRAINT ck_task_need_has_recipient CHECK (need_id IS NULL OR recipient_id IS NOT NULL), 
	CONSTRAINT ck_task_series_of_need CHECK ((need_id IS NULL) = (series_on IS NULL)), 
	CONSTRAINT ck_task_revision_counts CHECK (revision >= 1), 
	CONSTRAINT ck_task_cancelled_why CHECK (state <> 'cancelled' OR state_reason <> ''), 
	CONSTRAINT ck_task_closed_when CHECK ((state = 'open') = (closed_at IS NULL)), 
	CONSTRAINT fk_task_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_task_need_id_need FOREIGN KEY(need_id) REFERENCES need (id), 
	CONSTRAINT fk_task_recipient_id_person FOREIGN KEY(recipient_id) REFERENCES person (id), 
	CONSTRAINT fk_task_asked_by_id_person FOREIGN KEY(asked_by_id) REFERENCES person (id), 
	CONSTRAINT fk_task_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_task_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id), 
	CONSTRAINT fk_task_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_task_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_task_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_task_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_task_posted_by_id_person FOREIGN KEY(posted_by_id) REFERENCES person (id), 
	CONSTRAINT fk_task_posted_by_user_id_user_account FOREIGN KEY(posted_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_task_case ON task (case_id)
-- next
CREATE INDEX ix_task_centre ON task (centre_id, starts_at)
-- next
CREATE INDEX ix_task_ends ON task (state, ends_at)
-- next
CREATE INDEX ix_task_grid ON task (grid_id, starts_at)
-- next
CREATE INDEX ix_task_open ON task (community_id, state, starts_at, id)
-- next
CREATE INDEX ix_task_organisation ON task (organisation_id, starts_at) WHERE organisation_id IS NOT NULL
-- next
CREATE INDEX ix_task_recipient ON task (recipient_id, starts_at)
-- next
CREATE FUNCTION task_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('open>cancelled', 'open>done', 'open>unmet', 'unmet>done')) THEN
    RAISE EXCEPTION 'task_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.need_id::text IS DISTINCT FROM OLD.need_id::text OR NEW.series_on::text IS DISTINCT FROM OLD.series_on::text OR NEW.recipient_id::text IS DISTINCT FROM OLD.recipient_id::text OR NEW.asked_by_id::text IS DISTINCT FROM OLD.asked_by_id::text OR NEW.organisation_id::text IS DISTINCT FROM OLD.organisation_id::text OR NEW.kind_id::text IS DISTINCT FROM OLD.kind_id::text OR NEW.admission::text IS DISTINCT FROM OLD.admission::text OR NEW.is_urgent::text IS DISTINCT FROM OLD.is_urgent::text OR NEW.centre_id::text IS DISTINCT FROM OLD.centre_id::text OR NEW.case_id::text IS DISTINCT FROM OLD.case_id::text OR NEW.posted_at::text IS DISTINCT FROM OLD.posted_at::text OR NEW.posted_by_id::text IS DISTINCT FROM OLD.posted_by_id::text OR NEW.posted_by_user_id::text IS DISTINCT FROM OLD.posted_by_user_id::text OR NEW.posted_by_name::text IS DISTINCT FROM OLD.posted_by_name::text)) THEN
    RAISE EXCEPTION 'task_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (((NEW.activity::text IS DISTINCT FROM OLD.activity::text OR NEW.starts_at::text IS DISTINCT FROM OLD.starts_at::text OR NEW.ends_at::text IS DISTINCT FROM OLD.ends_at::text OR NEW.places::text IS DISTINCT FROM OLD.places::text OR NEW.place::text IS DISTINCT FROM OLD.place::text OR NEW.micro_grid_id::text IS DISTINCT FROM OLD.micro_grid_id::text OR NEW.grid_id::text IS DISTINCT FROM OLD.grid_id::text OR NEW.details::text IS DISTINCT FROM OLD.details::text OR NEW.risk::text IS DISTINCT FROM OLD.risk::text OR NEW.sex::text IS DISTINCT FROM OLD.sex::text OR NEW.skills::text IS DISTINCT FROM OLD.skills::text OR NEW.languages::text IS DISTINCT FROM OLD.languages::text OR NEW.revision::text IS DISTINCT FROM OLD.revision::text)) AND NOT EXISTS (SELECT 1 FROM arrangement_change c WHERE c.task_id = NEW.id AND c.revision = NEW.revision AND NEW.revision = OLD.revision + 1 AND c.starts_before = OLD.starts_at AND c.starts_after = NEW.starts_at AND c.ends_before = OLD.ends_at AND c.ends_after = NEW.ends_at)) THEN
    RAISE EXCEPTION 'task_both_values' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.risk <> OLD.risk AND NEW.risk <> 'low' AND EXISTS (SELECT 1 FROM sign_up s JOIN person p ON p.id = s.volunteer_id WHERE s.task_id = NEW.id AND s.state = 'accepted' AND p.born_on + interval '18 years' > (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'task_minor' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.risk <> OLD.risk AND NEW.risk <> 'low' AND EXISTS (SELECT 1 FROM sign_up s JOIN person p ON p.id = s.volunteer_id WHERE s.task_id = NEW.id AND s.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM accident_cover c WHERE c.community_id = NEW.community_id AND (c.person_id IS NULL OR c.person_id = s.volunteer_id) AND (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN c.from_on AND c.until_on))) THEN
    RAISE EXCEPTION 'task_insured' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'open' AND (NEW.activity::text IS DISTINCT FROM OLD.activity::text OR NEW.starts_at::text IS DISTINCT FROM OLD.starts_at::text OR NEW.ends_at::text IS DISTINCT FROM OLD.ends_at::text OR NEW.places::text IS DISTINCT FROM OLD.places::text OR NEW.place::text IS DISTINCT FROM OLD.place::text OR NEW.micro_grid_id::text IS DISTINCT FROM OLD.micro_grid_id::text OR NEW.grid_id::text IS DISTINCT FROM OLD.grid_id::text OR NEW.details::text IS DISTINCT FROM OLD.details::text OR NEW.risk::text IS DISTINCT FROM OLD.risk::text OR NEW.sex::text IS DISTINCT FROM OLD.sex::text OR NEW.skills::text IS DISTINCT FROM OLD.skills::text OR NEW.languages::text IS DISTINCT FROM OLD.languages::text OR NEW.revision::text IS DISTINCT FROM OLD.revision::text)) THEN
    RAISE EXCEPTION 'task_over' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.ends_at - NEW.starts_at > interval '720 minutes') THEN
    RAISE EXCEPTION 'task_too_long' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.taken <> (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.id AND s.state IN ('accepted', 'served'))) THEN
    RAISE EXCEPTION 'task_counts' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER task_guard BEFORE INSERT OR UPDATE ON task FOR EACH ROW EXECUTE FUNCTION task_guard()
-- next
CREATE OR REPLACE FUNCTION task_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'task_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER task_kept_delete BEFORE DELETE ON task FOR EACH ROW EXECUTE FUNCTION task_kept()
-- next
CREATE TRIGGER task_kept_truncate BEFORE TRUNCATE ON task FOR EACH STATEMENT EXECUTE FUNCTION task_kept()
-- next
CREATE TABLE case_event_private (
	event_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	body TEXT, 
	erased_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_case_event_private PRIMARY KEY (event_id), 
	CONSTRAINT fk_case_event_private_event_id_case_event FOREIGN KEY(event_id) REFERENCES case_event (id), 
	CONSTRAINT fk_case_event_private_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TRIGGER case_event_private_no_rewrite BEFORE UPDATE ON case_event_private
FOR EACH ROW WHEN (NEW.body IS NOT NULL OR NEW.erased_at IS NULL)
EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER case_event_private_no_delete BEFORE DELETE ON case_event_private
FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- next
CREATE TRIGGER case_event_private_no_truncate BEFORE TRUNCATE ON case_event_private
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- next
CREATE TABLE case_call_link (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	whistle_id BIGINT NOT NULL, 
	token_digest VARCHAR(64) NOT NULL, 
	made_by_user_id BIGINT, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	stopped_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_case_call_link PRIMARY KEY (id), 
	CONSTRAINT uq_case_call_link_token_digest UNIQUE (token_digest), 
	CONSTRAINT ck_case_call_link_lasts CHECK (expires_at > made_at), 
	CONSTRAINT ck_case_call_link_moments_in_order CHECK (stopped_at IS NULL OR stopped_at >= made_at), 
	CONSTRAINT fk_case_call_link_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_call_link_whistle_id_case_whistle FOREIGN KEY(whistle_id) REFERENCES case_whistle (id), 
	CONSTRAINT fk_case_call_link_made_by_user_id_user_account FOREIGN KEY(made_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE UNIQUE INDEX uq_case_call_link_holds ON case_call_link (whistle_id) WHERE stopped_at IS NULL
-- next
CREATE FUNCTION case_call_link_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.community_id IS DISTINCT FROM NEW.community_id OR OLD.whistle_id IS DISTINCT FROM NEW.whistle_id OR OLD.token_digest IS DISTINCT FROM NEW.token_digest OR OLD.made_by_user_id IS DISTINCT FROM NEW.made_by_user_id OR OLD.made_at IS DISTINCT FROM NEW.made_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at OR (OLD.stopped_at IS NOT NULL AND OLD.stopped_at IS DISTINCT FROM NEW.stopped_at) THEN RAISE EXCEPTION 'case_call_link_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER case_call_link_kept BEFORE UPDATE ON case_call_link FOR EACH ROW EXECUTE FUNCTION case_call_link_kept()
-- next
CREATE FUNCTION case_call_link_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'case_call_link_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER case_call_link_stays BEFORE DELETE ON case_call_link FOR EACH ROW EXECUTE FUNCTION case_call_link_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER case_call_link_stays_no_truncate BEFORE TRUNCATE ON case_call_link FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE case_spot (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	place_text VARCHAR(80) NOT NULL, 
	size_text VARCHAR(40) NOT NULL, 
	priority VARCHAR(8) NOT NULL, 
	is_named_by_resident BOOLEAN NOT NULL, 
	cost_fen BIGINT, 
	photo_file_id BIGINT, 
	done_photo_file_id BIGINT, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	noted_by_user_id BIGINT, 
	done_at TIMESTAMP WITH TIME ZONE, 
	done_by_name VARCHAR(80), 
	project_id BIGINT, 
	CONSTRAINT pk_case_spot PRIMARY KEY (id), 
	CONSTRAINT uq_case_spot_case_id_position UNIQUE (case_id, position), 
	CONSTRAINT ck_case_spot_position_from_one CHECK (position >= 1), 
	CONSTRAINT ck_case_spot_placed CHECK (length(place_text) > 0), 
	CONSTRAINT ck_case_spot_priority_known CHECK (priority IN ('first', 'soon', 'later')), 
	CONSTRAINT ck_case_spot_cost_above_zero CHECK (cost_fen IS NULL OR cost_fen > 0), 
	CONSTRAINT ck_case_spot_done_by_somebody CHECK ((done_at IS NULL) = (done_by_name IS NULL)), 
	CONSTRAINT fk_case_spot_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_spot_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_spot_photo_file_id_stored_file FOREIGN KEY(photo_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_case_spot_done_photo_file_id_stored_file FOREIGN KEY(done_photo_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_case_spot_noted_by_user_id_user_account FOREIGN KEY(noted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_spot_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_case_spot_community_id ON case_spot (community_id)
-- next
CREATE TABLE case_answer (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	reporter_id BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	is_solved BOOLEAN NOT NULL, 
	satisfaction VARCHAR(16), 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_case_answer PRIMARY KEY (id), 
	CONSTRAINT uq_case_answer_reporter_id_round_is_solved UNIQUE (reporter_id, round, is_solved), 
	CONSTRAINT ck_case_answer_round_counted CHECK (round >= 1), 
	CONSTRAINT ck_case_answer_satisfaction_known CHECK (satisfaction IS NULL OR satisfaction IN ('satisfied', 'mostly', 'unsatisfied')), 
	CONSTRAINT fk_case_answer_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_answer_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_answer_reporter_id_case_reporter FOREIGN KEY(reporter_id) REFERENCES case_reporter (id)
)
-- next
CREATE INDEX ix_case_answer_case_id_round ON case_answer (case_id, round)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER case_answer_no_change BEFORE UPDATE OR DELETE ON case_answer
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER case_answer_no_truncate BEFORE TRUNCATE ON case_answer
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE case_public_photo (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	photo_id BIGINT NOT NULL, 
	shown_by_user_id BIGINT, 
	shown_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_case_public_photo PRIMARY KEY (id), 
	CONSTRAINT uq_case_public_photo_photo_id UNIQUE (photo_id), 
	CONSTRAINT fk_case_public_photo_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_public_photo_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_case_public_photo_photo_id_case_photo FOREIGN KEY(photo_id) REFERENCES case_photo (id), 
	CONSTRAINT fk_case_public_photo_shown_by_user_id_user_account FOREIGN KEY(shown_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_case_public_photo_case_id ON case_public_photo (case_id)
-- next
CREATE TABLE meeting_seat (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	meeting_id BIGINT NOT NULL, 
	side VARCHAR(20) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	person_id BIGINT, 
	has_vote BOOLEAN NOT NULL, 
	signed_in_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_meeting_seat PRIMARY KEY (id), 
	CONSTRAINT uq_meeting_seat_meeting_id_side_name UNIQUE (meeting_id, side, name), 
	CONSTRAINT fk_meeting_seat_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_meeting_seat_side_known CHECK (side IN ('party_committee', 'owners_committee', 'property_firm', 'residents', 'departments', 'experts')), 
	CONSTRAINT ck_meeting_seat_named CHECK (length(name) > 0), 
	CONSTRAINT fk_meeting_seat_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_meeting_seat_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id)
)
-- next
CREATE FUNCTION meeting_seat_signed_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'meeting_seat_signed_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER meeting_seat_signed_insert BEFORE INSERT ON meeting_seat FOR EACH ROW EXECUTE FUNCTION meeting_seat_signed_insert()
-- next
CREATE FUNCTION meeting_seat_signed_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'meeting_seat_signed_update' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER meeting_seat_signed_update BEFORE UPDATE ON meeting_seat FOR EACH ROW EXECUTE FUNCTION meeting_seat_signed_update()
-- next
CREATE FUNCTION meeting_seat_signed_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = OLD.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'meeting_seat_signed_delete' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER meeting_seat_signed_delete BEFORE DELETE ON meeting_seat FOR EACH ROW EXECUTE FUNCTION meeting_seat_signed_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER meeting_seat_signed_delete_no_truncate BEFORE TRUNCATE ON meeting_seat FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE agenda_item (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	meeting_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	description VARCHAR(1000) NOT NULL, 
	choices VARCHAR(1000) NOT NULL, 
	case_id BIGINT, 
	project_id BIGINT, 
	conclusion VARCHAR(12), 
	conclusion_words VARCHAR(1000) NOT NULL, 
	CONSTRAINT pk_agenda_item PRIMARY KEY (id), 
	CONSTRAINT uq_agenda_item_meeting_id_position UNIQUE (meeting_id, position), 
	CONSTRAINT ck_agenda_item_placed CHECK (position >= 1 AND length(title) > 0), 
	CONSTRAINT ck_agenda_item_conclusion_known CHECK (conclusion IS NULL OR conclusion IN ('decided', 'deferred', 'informed')), 
	CONSTRAINT ck_agenda_item_concluded_in_words CHECK (conclusion IS NULL OR conclusion = 'decided' OR conclusion_words <> ''), 
	CONSTRAINT fk_agenda_item_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_agenda_item_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT fk_agenda_item_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_agenda_item_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_agenda_item_case_id ON agenda_item (case_id)
-- next
CREATE INDEX ix_agenda_item_project_id ON agenda_item (project_id)
-- next
CREATE FUNCTION agenda_item_signed_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'agenda_item_signed_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER agenda_item_signed_insert BEFORE INSERT ON agenda_item FOR EACH ROW EXECUTE FUNCTION agenda_item_signed_insert()
-- next
CREATE FUNCTION agenda_item_signed_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'agenda_item_signed_update' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER agenda_item_signed_update BEFORE UPDATE ON agenda_item FOR EACH ROW EXECUTE FUNCTION agenda_item_signed_update()
-- next
CREATE FUNCTION agenda_item_signed_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = OLD.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'agenda_item_signed_delete' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER agenda_item_signed_delete BEFORE DELETE ON agenda_item FOR EACH ROW EXECUTE FUNCTION agenda_item_signed_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER agenda_item_signed_delete_no_truncate BEFORE TRUNCATE ON agenda_item FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE minutes_note (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	meeting_id BIGINT NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	before VARCHAR(8000) NOT NULL, 
	words VARCHAR(8000) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_minutes_note PRIMARY KEY (id), 
	CONSTRAINT ck_minutes_note_kind_known CHECK (kind IN ('correction', 'addendum')), 
	CONSTRAINT ck_minutes_note_said CHECK (length(words) > 0), 
	CONSTRAINT fk_minutes_note_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_minutes_note_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id)
)
-- next
CREATE INDEX ix_minutes_note_meeting_id_id ON minutes_note (meeting_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER minutes_note_no_change BEFORE UPDATE OR DELETE ON minutes_note
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER minutes_note_no_truncate BEFORE TRUNCATE ON minutes_note
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE project_cost_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	quote_file_id BIGINT, 
	CONSTRAINT pk_project_cost_line PRIMARY KEY (id), 
	CONSTRAINT uq_project_cost_line_project_id_position UNIQUE (project_id, position), 
	CONSTRAINT ck_project_cost_line_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT fk_project_cost_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_cost_line_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_project_cost_line_quote_file_id_stored_file FOREIGN KEY(quote_file_id) REFERENCES stored_file (id)
)
-- next
CREATE TABLE cofund_receivable (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	household_id BIGINT NOT NULL, 
	instalment BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	paid_fen BIGINT NOT NULL, 
	waived_fen BIGINT NOT NULL, 
	outstanding_fen BIGINT NOT NULL, 
	payment_code VARCHAR(40) NOT NULL, 
	due_on DATE NOT NULL, 
	raised_by BIGINT, 
	raised_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	cancelled_by BIGINT, 
	cancelled_at TIMESTAMP WITH TIME ZONE, 
	cancel_reason TEXT NOT NULL, 
	CONSTRAINT pk_cofund_receivable PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_receivable_community_id_payment_code UNIQUE (community_id, payment_code), 
	CONSTRAINT ck_cofund_receivable_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_cofund_receivable_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_receivable_residents CHECK (party = 'residents'), 
	CONSTRAINT ck_cofund_receivable_instalment CHECK (instalment BETWEEN 1 AND 9), 
	CONSTRAINT ck_cofund_receivable_reductions CHECK (paid_fen >= 0 AND waived_fen >= 0), 
	CONSTRAINT ck_cofund_receivable_outstanding CHECK (outstanding_fen >= 0), 
	CONSTRAINT ck_cofund_receivable_adds_up CHECK ((cancelled_at IS NULL AND outstanding_fen = amount_fen - paid_fen - waived_fen) OR (cancelled_at IS NOT NULL AND outstanding_fen = 0 AND paid_fen = 0)), 
	CONSTRAINT ck_cofund_receivable_cancel_reason CHECK (cancelled_at IS NULL OR cancel_reason <> ''), 
	CONSTRAINT fk_cofund_receivable_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_receivable_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_receivable_household_id_household FOREIGN KEY(household_id) REFERENCES household (id), 
	CONSTRAINT fk_cofund_receivable_raised_by_user_account FOREIGN KEY(raised_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_receivable_cancelled_by_user_account FOREIGN KEY(cancelled_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_receivable_community_id_outstanding_fen ON cofund_receivable (community_id, outstanding_fen)
-- next
CREATE INDEX ix_cofund_receivable_household_id ON cofund_receivable (household_id)
-- next
CREATE UNIQUE INDEX ix_cofund_receivable_project_id_household_id_instalment ON cofund_receivable (project_id, household_id, instalment) WHERE cancelled_at IS NULL
-- next
CREATE OR REPLACE FUNCTION receivable_within_share() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount_fen + (SELECT coalesce(sum(r.amount_fen), 0) FROM cofund_receivable r WHERE r.project_id = NEW.project_id AND r.cancelled_at IS NULL) > coalesce((SELECT s.amount_fen FROM project p JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed JOIN agreement_share s ON s.agreement_id = a.id AND s.party = 'residents' WHERE p.id = NEW.project_id), 0) THEN RAISE EXCEPTION 'receivable_within_share' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER receivable_within_share BEFORE INSERT ON cofund_receivable FOR EACH ROW EXECUTE FUNCTION receivable_within_share()
-- next
CREATE OR REPLACE FUNCTION receivable_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.cancelled_at IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen OR NEW.project_id <> OLD.project_id OR NEW.household_id <> OLD.household_id OR NEW.payment_code <> OLD.payment_code OR NEW.instalment <> OLD.instalment OR (NEW.waived_fen <> OLD.waived_fen AND NEW.waived_fen <> (SELECT coalesce(sum(w.amount_fen), 0) FROM cofund_waiver w WHERE w.receivable_id = NEW.id AND w.state = 'approved')) THEN RAISE EXCEPTION 'receivable_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER receivable_keeps BEFORE UPDATE ON cofund_receivable FOR EACH ROW EXECUTE FUNCTION receivable_keeps()
-- next
CREATE OR REPLACE FUNCTION receivable_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'receivable_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER receivable_stays BEFORE DELETE ON cofund_receivable FOR EACH ROW EXECUTE FUNCTION receivable_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER receivable_stays_no_truncate BEFORE TRUNCATE ON cofund_receivable FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_settlement (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	settled_on DATE NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	settled_by BIGINT, 
	settled_name VARCHAR(80) NOT NULL, 
	facts JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document_file_id BIGINT, 
	CONSTRAINT pk_cofund_settlement PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_settlement_project_id UNIQUE (project_id), 
	CONSTRAINT ck_cofund_settlement_digest CHECK (length(digest) = 64), 
	CONSTRAINT fk_cofund_settlement_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_settlement_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_settlement_settled_by_user_account FOREIGN KEY(settled_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_settlement_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_settlement_no_change BEFORE UPDATE OR DELETE ON cofund_settlement
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_settlement_no_truncate BEFORE TRUNCATE ON cofund_settlement
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE cofund_match (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pot_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	cap_fen BIGINT NOT NULL, 
	matched_fen BIGINT NOT NULL, 
	CONSTRAINT pk_cofund_match PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_match_pot_id_project_id UNIQUE (pot_id, project_id), 
	CONSTRAINT ck_cofund_match_cap_fen CHECK (cap_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_match_within_cap CHECK (matched_fen BETWEEN 0 AND cap_fen), 
	CONSTRAINT fk_cofund_match_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_match_pot_id_cofund_match_pot FOREIGN KEY(pot_id) REFERENCES cofund_match_pot (id), 
	CONSTRAINT fk_cofund_match_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE OR REPLACE FUNCTION match_cap_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.cap_fen <> OLD.cap_fen OR NEW.project_id <> OLD.project_id OR NEW.pot_id <> OLD.pot_id THEN RAISE EXCEPTION 'match_cap_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER match_cap_keeps BEFORE UPDATE ON cofund_match FOR EACH ROW EXECUTE FUNCTION match_cap_keeps()
-- next
CREATE TABLE cofund_disclosure (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	project_id BIGINT, 
	month_on DATE, 
	version BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	seal_number BIGINT NOT NULL, 
	seal_head VARCHAR(64) NOT NULL, 
	days BIGINT NOT NULL, 
	made_by BIGINT NOT NULL, 
	made_name VARCHAR(80) NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_disclosure PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_disclosure_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT uq_cofund_disclosure_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT uq_cofund_disclosure_community_id_month_on_version UNIQUE (community_id, month_on, version), 
	CONSTRAINT ck_cofund_disclosure_kind CHECK (kind IN ('project', 'month')), 
	CONSTRAINT ck_cofund_disclosure_subject CHECK ((kind = 'project') = (project_id IS NOT NULL) AND (kind = 'month') = (month_on IS NOT NULL)), 
	CONSTRAINT ck_cofund_disclosure_numbers CHECK (serial > 0 AND version > 0), 
	CONSTRAINT ck_cofund_disclosure_digests CHECK (length(digest) = 64 AND length(seal_head) = 64), 
	CONSTRAINT ck_cofund_disclosure_sealed CHECK (seal_number > 0), 
	CONSTRAINT ck_cofund_disclosure_days CHECK (days BETWEEN 7 AND 365), 
	CONSTRAINT fk_cofund_disclosure_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_disclosure_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_disclosure_made_by_user_account FOREIGN KEY(made_by) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_disclosure_no_change BEFORE UPDATE OR DELETE ON cofund_disclosure
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_disclosure_no_truncate BEFORE TRUNCATE ON cofund_disclosure
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE cofund_objection (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_objection PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_objection_case_id UNIQUE (case_id), 
	CONSTRAINT fk_cofund_objection_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_objection_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_objection_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_cofund_objection_project_id ON cofund_objection (project_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_objection_no_change BEFORE UPDATE OR DELETE ON cofund_objection
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_objection_no_truncate BEFORE TRUNCATE ON cofund_objection
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE cofund_vote (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	matter VARCHAR(16) NOT NULL, 
	question TEXT NOT NULL, 
	total_fen BIGINT NOT NULL, 
	law_code VARCHAR(24) NOT NULL, 
	law_source VARCHAR(80) NOT NULL, 
	quorum_numerator BIGINT NOT NULL, 
	quorum_denominator BIGINT NOT NULL, 
	pass_numerator BIGINT NOT NULL, 
	pass_denominator BIGINT NOT NULL, 
	is_strict BOOLEAN NOT NULL, 
	is_of_all BOOLEAN NOT NULL, 
	opens_on DATE NOT NULL, 
	closes_on DATE NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	area_total BIGINT NOT NULL, 
	heads_total BIGINT NOT NULL, 
	area_part BIGINT NOT NULL, 
	heads_part BIGINT NOT NULL, 
	area_yes BIGINT NOT NULL, 
	heads_yes BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document_file_id BIGINT, 
	entered_by BIGINT, 
	entered_name VARCHAR(80) NOT NULL, 
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	confirmed_by BIGINT, 
	confirmed_name VARCHAR(80) NOT NULL, 
	counted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_cofund_vote PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_vote_kind CHECK (kind IN ('roll', 'recorded')), 
	CONSTRAINT ck_cofund_vote_matter CHECK (matter IN ('ordinary', 'grave')), 
	CONSTRAINT ck_cofund_vote_state CHECK (state IN ('open', 'passed', 'failed')), 
	CONSTRAINT ck_cofund_vote_total_fen CHECK (total_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_vote_days CHECK (closes_on >= opens_on), 
	CONSTRAINT ck_cofund_vote_sums CHECK (0 <= area_yes AND area_yes <= area_part AND area_part <= area_total AND 0 <= heads_yes AND heads_yes <= heads_part AND heads_part <= heads_total), 
	CONSTRAINT ck_cofund_vote_bar CHECK (quorum_denominator > 0 AND pass_denominator > 0 AND quorum_numerator >= 0 AND pass_numerator > 0), 
	CONSTRAINT ck_cofund_vote_passed CHECK (state <> 'passed' OR (heads_yes > 0 AND area_part * quorum_denominator >= area_total * quorum_numerator AND heads_part * quorum_denominator >= heads_total * quorum_numerator AND ((area_yes * pass_denominator > (CASE WHEN is_of_all THEN area_total ELSE area_part END) * pass_numerator) OR (NOT is_strict AND area_yes * pass_denominator = (CASE WHEN is_of_all THEN area_total ELSE area_part END) * pass_numerator)) AND ((heads_yes * pass_denominator > (CASE WHEN is_of_all THEN heads_total ELSE heads_part END) * pass_numerator) OR (NOT is_strict AND heads_yes * pass_denominator = (CASE WHEN is_of_all THEN heads_total ELSE heads_part END) * pass_numerator)))), 
	CONSTRAINT ck_cofund_vote_two_persons CHECK (confirmed_by IS NULL OR confirmed_by <> entered_by), 
	CONSTRAINT ck_cofund_vote_confirmed CHECK (kind <> 'recorded' OR state = 'open' OR confirmed_by IS NOT NULL), 
	CONSTRAINT ck_cofund_vote_document CHECK (kind <> 'recorded' OR document_file_id IS NOT NULL), 
	CONSTRAINT ck_cofund_vote_counted CHECK ((state = 'open') = (counted_at IS NULL)), 
	CONSTRAINT ck_cofund_vote_digest CHECK (state = 'open' OR length(digest) = 64), 
	CONSTRAINT fk_cofund_vote_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_vote_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_vote_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_cofund_vote_entered_by_user_account FOREIGN KEY(entered_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_vote_confirmed_by_user_account FOREIGN KEY(confirmed_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_vote_community_id ON cofund_vote (community_id)
-- next
CREATE UNIQUE INDEX ix_cofund_vote_project_id ON cofund_vote (project_id) WHERE state = 'open'
-- next
CREATE OR REPLACE FUNCTION vote_after_publicity() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state <> 'open' OR NOT EXISTS (SELECT 1 FROM project p WHERE p.id = NEW.project_id AND p.publicised_to IS NOT NULL AND NEW.opens_on > p.publicised_to) THEN RAISE EXCEPTION 'vote_after_publicity' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER vote_after_publicity BEFORE INSERT ON cofund_vote FOR EACH ROW EXECUTE FUNCTION vote_after_publicity()
-- next
CREATE OR REPLACE FUNCTION vote_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'open' OR NEW.total_fen <> OLD.total_fen OR NEW.matter <> OLD.matter OR NEW.closes_on <> OLD.closes_on OR NEW.opens_on <> OLD.opens_on OR NEW.pass_numerator <> OLD.pass_numerator OR NEW.pass_denominator <> OLD.pass_denominator OR NEW.quorum_numerator <> OLD.quorum_numerator OR NEW.quorum_denominator <> OLD.quorum_denominator OR NEW.is_strict <> OLD.is_strict OR NEW.is_of_all <> OLD.is_of_all THEN RAISE EXCEPTION 'vote_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER vote_keeps BEFORE UPDATE ON cofund_vote FOR EACH ROW EXECUTE FUNCTION vote_keeps()
-- next
CREATE OR REPLACE FUNCTION vote_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'vote_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER vote_stays BEFORE DELETE ON cofund_vote FOR EACH ROW EXECUTE FUNCTION vote_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER vote_stays_no_truncate BEFORE TRUNCATE ON cofund_vote FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE ledger_day (
	account_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	debits BIGINT NOT NULL, 
	credits BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_day PRIMARY KEY (account_id, on_day), 
	CONSTRAINT ck_ledger_day_not_negative CHECK (debits >= 0 AND credits >= 0), 
	CONSTRAINT fk_ledger_day_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE ledger_month (
	account_id BIGINT NOT NULL, 
	month_on DATE NOT NULL, 
	debits BIGINT NOT NULL, 
	credits BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_month PRIMARY KEY (account_id, month_on), 
	CONSTRAINT ck_ledger_month_not_negative CHECK (debits >= 0 AND credits >= 0), 
	CONSTRAINT fk_ledger_month_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE ledger_cohort (
	account_id BIGINT NOT NULL, 
	year SMALLINT NOT NULL, 
	remaining BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_cohort PRIMARY KEY (account_id, year), 
	CONSTRAINT ck_ledger_cohort_not_negative CHECK (remaining >= 0), 
	CONSTRAINT fk_ledger_cohort_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE ledger_balance (
	account_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	posted BIGINT NOT NULL, 
	held BIGINT NOT NULL, 
	floor BIGINT NOT NULL, 
	frozen SMALLINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_ledger_balance PRIMARY KEY (account_id), 
	CONSTRAINT ck_ledger_balance_floor CHECK (posted - held >= floor), 
	CONSTRAINT ck_ledger_balance_held CHECK (held >= 0), 
	CONSTRAINT ck_ledger_balance_frozen_known CHECK (frozen IN (0, 1)), 
	CONSTRAINT fk_ledger_balance_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_balance_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE ledger_hold (
	id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	amount BIGINT NOT NULL, 
	memo VARCHAR(500) NOT NULL, 
	held_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	actor_user_id BIGINT, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_hold PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_hold_amount CHECK (amount BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_ledger_hold_memo_length CHECK (length(memo) <= 500), 
	CONSTRAINT ck_ledger_hold_held_at_moment CHECK (held_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_hold_expires_at_moment CHECK (expires_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_hold_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_hold_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_hold_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_hold_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_ledger_hold_account_id ON ledger_hold (account_id)
-- next
CREATE INDEX ix_ledger_hold_expires_at ON ledger_hold (expires_at)
-- next
CREATE TABLE arrangement_change (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	need_id BIGINT, 
	task_id BIGINT, 
	revision BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	user_id BIGINT, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	starts_before TIMESTAMP WITH TIME ZONE NOT NULL, 
	starts_after TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_before TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_after TIMESTAMP WITH TIME ZONE NOT NULL, 
	before JSON NOT NULL, 
	after JSON NOT NULL, 
	CONSTRAINT pk_arrangement_change PRIMARY KEY (id), 
	CONSTRAINT uq_arrangement_change_need_id_revision UNIQUE (need_id, revision), 
	CONSTRAINT uq_arrangement_change_task_id_revision UNIQUE (task_id, revision), 
	CONSTRAINT ck_arrangement_change_of_one_thing CHECK ((need_id IS NULL) <> (task_id IS NULL)), 
	CONSTRAINT ck_arrangement_change_after_the_first CHECK (revision >= 2), 
	CONSTRAINT ck_arrangement_change_reason_given CHECK (reason <> ''), 
	CONSTRAINT ck_arrangement_change_times_in_order CHECK (ends_before > starts_before AND ends_after > starts_after), 
	CONSTRAINT fk_arrangement_change_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_arrangement_change_need_id_need FOREIGN KEY(need_id) REFERENCES need (id), 
	CONSTRAINT fk_arrangement_change_task_id_task FOREIGN KEY(task_id) REFERENCES task (id), 
	CONSTRAINT fk_arrangement_change_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_arrangement_change_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_arrangement_change_at ON arrangement_change (community_id, at)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER arrangement_change_no_change BEFORE UPDATE OR DELETE ON arrangement_change
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER arrangement_change_no_truncate BEFORE TRUNCATE ON arrangement_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE sign_up (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	task_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	queued_at TIMESTAMP WITH TIME ZONE, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	was_moved_up BOOLEAN NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	code_tries BIGINT NOT NULL, 
	CONSTRAINT pk_sign_up PRIMARY KEY (id), 
	CONSTRAINT uq_sign_up_task_id_volunteer_id UNIQUE (task_id, volunteer_id), 
	CONSTRAINT fk_sign_up_task_id_starts_at_ends_at_task FOREIGN KEY(task_id, starts_at, ends_at) REFERENCES task (id, starts_at, ends_at) ON UPDATE CASCADE, 
	CONSTRAINT ck_sign_up_state_known CHECK (state IN ('asked', 'offered', 'waiting', 'accepted', 'served', 'no_show', 'declined', 'turned_down', 'withdrawn', 'cancelled', 'lapsed')), 
	CONSTRAINT ck_sign_up_accepted_when CHECK (state NOT IN ('accepted', 'served', 'no_show') OR accepted_at IS NOT NULL), 
	CONSTRAINT ck_sign_up_queued_when CHECK (state <> 'waiting' OR queued_at IS NOT NULL), 
	CONSTRAINT ck_sign_up_tries_bounded CHECK (code_tries BETWEEN 0 AND 5), 
	CONSTRAINT fk_sign_up_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_sign_up_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_sign_up_community_id ON sign_up (community_id)
-- next
CREATE INDEX ix_sign_up_ends ON sign_up (state, ends_at)
-- next
CREATE INDEX ix_sign_up_queue ON sign_up (task_id, state, queued_at, id)
-- next
CREATE INDEX ix_sign_up_volunteer ON sign_up (volunteer_id, starts_at)
-- next
CREATE FUNCTION sign_up_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state = 'accepted' AND (OLD.state <> 'accepted' OR NEW.starts_at <> OLD.starts_at) AND EXISTS (SELECT 1 FROM volunteer_admission a WHERE a.person_id = NEW.volunteer_id AND a.state <> 'admitted')) THEN
    RAISE EXCEPTION 'sign_up_admitted' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.state = 'accepted' AND (OLD.state <> 'accepted' OR NEW.starts_at <> OLD.starts_at) AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.risk <> 'low') AND NOT EXISTS (SELECT 1 FROM accident_cover c WHERE c.community_id = NEW.community_id AND (c.person_id IS NULL OR c.person_id = NEW.volunteer_id) AND (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN c.from_on AND c.until_on)) THEN
    RAISE EXCEPTION 'sign_up_insured' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('accepted>asked', 'accepted>cancelled', 'accepted>no_show', 'accepted>served', 'accepted>turned_down', 'accepted>withdrawn', 'asked>accepted', 'asked>cancelled', 'asked>declined', 'asked>lapsed', 'asked>waiting', 'declined>accepted', 'declined>asked', 'declined>offered', 'declined>waiting', 'no_show>served', 'offered>accepted', 'offered>cancelled', 'offered>lapsed', 'offered>turned_down', 'offered>waiting', 'offered>withdrawn', 'turned_down>asked', 'waiting>accepted', 'waiting>asked', 'waiting>cancelled', 'waiting>lapsed', 'waiting>turned_down', 'waiting>withdrawn', 'withdrawn>accepted', 'withdrawn>asked', 'withdrawn>offered', 'withdrawn>waiting')) THEN
    RAISE EXCEPTION 'sign_up_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.task_id::text IS DISTINCT FROM OLD.task_id::text OR NEW.volunteer_id::text IS DISTINCT FROM OLD.volunteer_id::text)) THEN
    RAISE EXCEPTION 'sign_up_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM volunteer_admission a WHERE a.person_id = NEW.volunteer_id AND a.state <> 'admitted')) THEN
    RAISE EXCEPTION 'sign_up_admitted' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.risk <> 'low') AND NOT EXISTS (SELECT 1 FROM accident_cover c WHERE c.community_id = NEW.community_id AND (c.person_id IS NULL OR c.person_id = NEW.volunteer_id) AND (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN c.from_on AND c.until_on)) THEN
    RAISE EXCEPTION 'sign_up_insured' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM person p, task t WHERE p.id = NEW.volunteer_id AND t.id = NEW.task_id AND p.born_on + interval '18 years' > (NEW.starts_at AT TIME ZONE 'Asia/Shanghai')::date AND (t.risk <> 'low' OR NOT EXISTS (SELECT 1 FROM guardian_consent g WHERE g.minor_id = p.id AND g.withdrawn_at IS NULL)))) THEN
    RAISE EXCEPTION 'sign_up_minor' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.recipient_id = NEW.volunteer_id)) THEN
    RAISE EXCEPTION 'sign_up_self' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.state = 'cancelled')) THEN
    RAISE EXCEPTION 'sign_up_closed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER sign_up_guard BEFORE INSERT OR UPDATE ON sign_up FOR EACH ROW EXECUTE FUNCTION sign_up_guard()
-- next
CREATE FUNCTION sign_up_counts() RETURNS trigger LANGUAGE plpgsql AS $counts$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state NOT IN ('accepted', 'served') THEN RETURN NEW; END IF;
  ELSIF (OLD.state IN ('accepted', 'served')) = (NEW.state IN ('accepted', 'served')) THEN
    RETURN NEW;
  END IF;
  -- The task's row is the queue: of two who want the last place the second sees the first.
  PERFORM 1 FROM task WHERE id = NEW.task_id FOR UPDATE;
  UPDATE task SET taken = (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.task_id
    AND s.state IN ('accepted', 'served')) WHERE id = NEW.task_id;
  RETURN NEW;
END $counts$
-- next
CREATE TRIGGER sign_up_counts AFTER INSERT OR UPDATE ON sign_up FOR EACH ROW EXECUTE FUNCTION sign_up_counts()
-- next
ALTER TABLE sign_up ADD CONSTRAINT sign_up_overlap EXCLUDE USING gist (int8range(volunteer_id, volunteer_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (state IN ('accepted', 'served'))
-- next
CREATE OR REPLACE FUNCTION sign_up_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'sign_up_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER sign_up_kept_delete BEFORE DELETE ON sign_up FOR EACH ROW EXECUTE FUNCTION sign_up_kept()
-- next
CREATE TRIGGER sign_up_kept_truncate BEFORE TRUNCATE ON sign_up FOR EACH STATEMENT EXECUTE FUNCTION sign_up_kept()
-- next
CREATE TABLE ledger_freeze (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	frozen SMALLINT NOT NULL, 
	frozen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	document VARCHAR(200) NOT NULL, 
	actor_user_id BIGINT, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_freeze PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_freeze_frozen_known CHECK (frozen IN (0, 1)), 
	CONSTRAINT ck_ledger_freeze_document CHECK (length(document) BETWEEN 1 AND 200), 
	CONSTRAINT ck_ledger_freeze_frozen_at_moment CHECK (frozen_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_freeze_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_freeze_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_freeze_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_freeze_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_ledger_freeze_account_id_id ON ledger_freeze (account_id, id)
-- next
CREATE TABLE activity_proposal (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	organisation_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	kind_id BIGINT NOT NULL, 
	activity VARCHAR(120) NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	places BIGINT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	details TEXT NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	proposed_by_id BIGINT NOT NULL, 
	proposed_by_user_id BIGINT, 
	proposed_by_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_id BIGINT, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	task_id BIGINT, 
	CONSTRAINT pk_activity_proposal PRIMARY KEY (id), 
	CONSTRAINT ck_activity_proposal_state_known CHECK (state IN ('proposed', 'taken_up', 'declined', 'withdrawn')), 
	CONSTRAINT ck_activity_proposal_ends_after_start CHECK (ends_at > starts_at), 
	CONSTRAINT ck_activity_proposal_places_range CHECK (places BETWEEN 1 AND 500), 
	CONSTRAINT ck_activity_proposal_activity_named CHECK (activity <> ''), 
	CONSTRAINT ck_activity_proposal_declined_why CHECK (state <> 'declined' OR state_reason <> ''), 
	CONSTRAINT ck_activity_proposal_task_when_taken_up CHECK ((state = 'taken_up') = (task_id IS NOT NULL)), 
	CONSTRAINT ck_activity_proposal_decided_when CHECK ((state = 'proposed') = (decided_at IS NULL)), 
	CONSTRAINT fk_activity_proposal_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_activity_proposal_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_activity_proposal_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id), 
	CONSTRAINT fk_activity_proposal_proposed_by_id_person FOREIGN KEY(proposed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_activity_proposal_proposed_by_user_id_user_account FOREIGN KEY(proposed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_activity_proposal_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_activity_proposal_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_activity_proposal_task_id UNIQUE (task_id), 
	CONSTRAINT fk_activity_proposal_task_id_task FOREIGN KEY(task_id) REFERENCES task (id)
)
-- next
CREATE INDEX ix_activity_proposal_organisation ON activity_proposal (organisation_id, id)
-- next
CREATE INDEX ix_activity_proposal_person ON activity_proposal (proposed_by_id)
-- next
CREATE INDEX ix_activity_proposal_queue ON activity_proposal (community_id, state, starts_at, id)
-- next
CREATE FUNCTION activity_proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('proposed>declined', 'proposed>taken_up', 'proposed>withdrawn')) THEN
    RAISE EXCEPTION 'activity_proposal_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.organisation_id::text IS DISTINCT FROM OLD.organisation_id::text OR NEW.kind_id::text IS DISTINCT FROM OLD.kind_id::text OR NEW.activity::text IS DISTINCT FROM OLD.activity::text OR NEW.starts_at::text IS DISTINCT FROM OLD.starts_at::text OR NEW.ends_at::text IS DISTINCT FROM OLD.ends_at::text OR NEW.places::text IS DISTINCT FROM OLD.places::text OR NEW.place::text IS DISTINCT FROM OLD.place::text OR NEW.details::text IS DISTINCT FROM OLD.details::text OR NEW.proposed_at::text IS DISTINCT FROM OLD.proposed_at::text OR NEW.proposed_by_id::text IS DISTINCT FROM OLD.proposed_by_id::text OR NEW.proposed_by_user_id::text IS DISTINCT FROM OLD.proposed_by_user_id::text OR NEW.proposed_by_name::text IS DISTINCT FROM OLD.proposed_by_name::text)) THEN
    RAISE EXCEPTION 'activity_proposal_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'proposed') THEN
    RAISE EXCEPTION 'activity_proposal_answered' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM organisation_leader l WHERE l.organisation_id = NEW.organisation_id AND l.community_id = NEW.community_id AND l.person_id = NEW.proposed_by_id AND l.ended_at IS NULL)) THEN
    RAISE EXCEPTION 'activity_proposal_unled' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'proposed') THEN
    RAISE EXCEPTION 'activity_proposal_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.task_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.organisation_id = NEW.organisation_id AND t.community_id = NEW.community_id)) THEN
    RAISE EXCEPTION 'activity_proposal_foreign_task' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER activity_proposal_guard BEFORE INSERT OR UPDATE ON activity_proposal FOR EACH ROW EXECUTE FUNCTION activity_proposal_guard()
-- next
CREATE OR REPLACE FUNCTION activity_proposal_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'activity_proposal_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER activity_proposal_kept_delete BEFORE DELETE ON activity_proposal FOR EACH ROW EXECUTE FUNCTION activity_proposal_kept()
-- next
CREATE TRIGGER activity_proposal_kept_truncate BEFORE TRUNCATE ON activity_proposal FOR EACH STATEMENT EXECUTE FUNCTION activity_proposal_kept()
-- next
CREATE TABLE item_stance (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	meeting_id BIGINT NOT NULL, 
	item_id BIGINT NOT NULL, 
	side VARCHAR(20) NOT NULL, 
	words VARCHAR(1000) NOT NULL, 
	yes BIGINT NOT NULL, 
	no BIGINT NOT NULL, 
	abstained BIGINT NOT NULL, 
	CONSTRAINT pk_item_stance PRIMARY KEY (id), 
	CONSTRAINT uq_item_stance_item_id_side UNIQUE (item_id, side), 
	CONSTRAINT ck_item_stance_side_known CHECK (side IN ('party_committee', 'owners_committee', 'property_firm', 'residents', 'departments', 'experts')), 
	CONSTRAINT ck_item_stance_counted CHECK (yes >= 0 AND no >= 0 AND abstained >= 0), 
	CONSTRAINT fk_item_stance_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_item_stance_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT fk_item_stance_item_id_agenda_item FOREIGN KEY(item_id) REFERENCES agenda_item (id)
)
-- next
CREATE FUNCTION item_stance_signed_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'item_stance_signed_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER item_stance_signed_insert BEFORE INSERT ON item_stance FOR EACH ROW EXECUTE FUNCTION item_stance_signed_insert()
-- next
CREATE FUNCTION item_stance_signed_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'item_stance_signed_update' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER item_stance_signed_update BEFORE UPDATE ON item_stance FOR EACH ROW EXECUTE FUNCTION item_stance_signed_update()
-- next
CREATE FUNCTION item_stance_signed_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = OLD.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'item_stance_signed_delete' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER item_stance_signed_delete BEFORE DELETE ON item_stance FOR EACH ROW EXECUTE FUNCTION item_stance_signed_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER item_stance_signed_delete_no_truncate BEFORE TRUNCATE ON item_stance FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE meeting_decision (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	meeting_id BIGINT NOT NULL, 
	item_id BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	words VARCHAR(1000) NOT NULL, 
	owner_name VARCHAR(40) NOT NULL, 
	owner_person_id BIGINT, 
	due_on DATE NOT NULL, 
	outcome VARCHAR(1000) NOT NULL, 
	evidence_file_id BIGINT, 
	done_at TIMESTAMP WITH TIME ZONE, 
	done_by_user_id BIGINT, 
	done_by_name VARCHAR(80) NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	closed_by_user_id BIGINT, 
	closed_by_name VARCHAR(80) NOT NULL, 
	sent_back VARCHAR(1000) NOT NULL, 
	case_id BIGINT, 
	project_id BIGINT, 
	task_id BIGINT, 
	CONSTRAINT pk_meeting_decision PRIMARY KEY (id), 
	CONSTRAINT ck_meeting_decision_state_known CHECK (state IN ('open', 'done', 'closed')), 
	CONSTRAINT ck_meeting_decision_said CHECK (length(words) > 0 AND length(owner_name) > 0), 
	CONSTRAINT ck_meeting_decision_done_is_dated CHECK ((state = 'open') = (done_at IS NULL)), 
	CONSTRAINT ck_meeting_decision_done_in_words CHECK (done_at IS NULL OR outcome <> ''), 
	CONSTRAINT ck_meeting_decision_closed_is_dated CHECK ((state = 'closed') = (closed_at IS NOT NULL)), 
	CONSTRAINT ck_meeting_decision_closed_by_another CHECK (closed_by_user_id IS NULL OR closed_by_user_id <> done_by_user_id), 
	CONSTRAINT ck_meeting_decision_one_way_on CHECK ((case_id IS NOT NULL AND project_id IS NULL AND task_id IS NULL) OR (case_id IS NULL AND (project_id IS NULL OR task_id IS NULL))), 
	CONSTRAINT fk_meeting_decision_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_meeting_decision_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT fk_meeting_decision_item_id_agenda_item FOREIGN KEY(item_id) REFERENCES agenda_item (id), 
	CONSTRAINT fk_meeting_decision_owner_person_id_person FOREIGN KEY(owner_person_id) REFERENCES person (id), 
	CONSTRAINT fk_meeting_decision_evidence_file_id_stored_file FOREIGN KEY(evidence_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_meeting_decision_done_by_user_id_user_account FOREIGN KEY(done_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_meeting_decision_closed_by_user_id_user_account FOREIGN KEY(closed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_meeting_decision_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_meeting_decision_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_meeting_decision_task_id_task FOREIGN KEY(task_id) REFERENCES task (id)
)
-- next
CREATE INDEX ix_meeting_decision_case_id ON meeting_decision (case_id)
-- next
CREATE INDEX ix_meeting_decision_community_id_state_due_on_id ON meeting_decision (community_id, state, due_on, id)
-- next
CREATE INDEX ix_meeting_decision_item_id ON meeting_decision (item_id)
-- next
CREATE INDEX ix_meeting_decision_meeting_id ON meeting_decision (meeting_id)
-- next
CREATE FUNCTION meeting_decision_signed_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'meeting_decision_signed_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER meeting_decision_signed_insert BEFORE INSERT ON meeting_decision FOR EACH ROW EXECUTE FUNCTION meeting_decision_signed_insert()
-- next
CREATE FUNCTION meeting_decision_signed_delete() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = OLD.meeting_id) IN ('signed', 'published') THEN RAISE EXCEPTION 'meeting_decision_signed_delete' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER meeting_decision_signed_delete BEFORE DELETE ON meeting_decision FOR EACH ROW EXECUTE FUNCTION meeting_decision_signed_delete()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER meeting_decision_signed_delete_no_truncate BEFORE TRUNCATE ON meeting_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE FUNCTION meeting_decision_signed_update() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT state FROM meeting WHERE id = NEW.meeting_id) IN ('signed', 'published') AND (OLD.words <> NEW.words OR OLD.owner_name <> NEW.owner_name OR OLD.item_id <> NEW.item_id) THEN RAISE EXCEPTION 'meeting_decision_signed_update' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER meeting_decision_signed_update BEFORE UPDATE ON meeting_decision FOR EACH ROW EXECUTE FUNCTION meeting_decision_signed_update()
-- next
CREATE TABLE opinion (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	source VARCHAR(8) NOT NULL, 
	topic VARCHAR(12) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	words VARCHAR(1000) NOT NULL, 
	micro_grid_id BIGINT, 
	person_id BIGINT, 
	contact_name TEXT, 
	contact TEXT, 
	token_digest VARCHAR(64), 
	is_public BOOLEAN NOT NULL, 
	said_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	entered_by_user_id BIGINT, 
	answer_due_on DATE NOT NULL, 
	answer VARCHAR(1000) NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	answered_by_name VARCHAR(80) NOT NULL, 
	same_as_id BIGINT, 
	item_id BIGINT, 
	case_id BIGINT, 
	CONSTRAINT pk_opinion PRIMARY KEY (id), 
	CONSTRAINT uq_opinion_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT fk_opinion_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT ck_opinion_source_known CHECK (source IN ('page', 'public', 'phone', 'paper')), 
	CONSTRAINT ck_opinion_topic_known CHECK (topic IN ('safety', 'parking', 'charging', 'greening', 'sanitation', 'facilities', 'property', 'elderly', 'other')), 
	CONSTRAINT ck_opinion_state_known CHECK (state IN ('new', 'taken', 'agenda', 'case', 'joined', 'answered')), 
	CONSTRAINT ck_opinion_said CHECK (length(title) > 0 AND length(words) > 0), 
	CONSTRAINT ck_opinion_answered_in_words CHECK (state <> 'answered' OR answered_at IS NOT NULL), 
	CONSTRAINT ck_opinion_answer_has_its_moment CHECK ((answered_at IS NULL) = (answer = '')), 
	CONSTRAINT ck_opinion_joined_to_another CHECK ((state = 'joined') = (same_as_id IS NOT NULL)), 
	CONSTRAINT ck_opinion_joined_not_to_itself CHECK (same_as_id IS NULL OR same_as_id <> id), 
	CONSTRAINT ck_opinion_agenda_has_its_item CHECK (state <> 'agenda' OR item_id IS NOT NULL), 
	CONSTRAINT ck_opinion_case_is_named CHECK (state <> 'case' OR case_id IS NOT NULL), 
	CONSTRAINT fk_opinion_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_opinion_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT uq_opinion_token_digest UNIQUE (token_digest), 
	CONSTRAINT fk_opinion_entered_by_user_id_user_account FOREIGN KEY(entered_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_opinion_same_as_id_opinion FOREIGN KEY(same_as_id) REFERENCES opinion (id), 
	CONSTRAINT fk_opinion_item_id_agenda_item FOREIGN KEY(item_id) REFERENCES agenda_item (id), 
	CONSTRAINT fk_opinion_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_opinion_case_id ON opinion (case_id)
-- next
CREATE INDEX ix_opinion_community_id_state_answer_due_on_id ON opinion (community_id, state, answer_due_on, id)
-- next
CREATE INDEX ix_opinion_item_id ON opinion (item_id)
-- next
CREATE INDEX ix_opinion_person_id_id ON opinion (person_id, id)
-- next
CREATE INDEX ix_opinion_same_as_id ON opinion (same_as_id)
-- next
CREATE TABLE bank_account (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	bank_name VARCHAR(40) NOT NULL, 
	label VARCHAR(60) NOT NULL, 
	number TEXT NOT NULL, 
	number_index VARCHAR(64) NOT NULL, 
	number_tail VARCHAR(4) NOT NULL, 
	bank_account_id BIGINT, 
	unclaimed_account_id BIGINT, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opened_by BIGINT, 
	CONSTRAINT pk_bank_account PRIMARY KEY (id), 
	CONSTRAINT uq_bank_account_community_id_number_index UNIQUE (community_id, number_index), 
	CONSTRAINT ck_bank_account_named CHECK (length(label) > 0), 
	CONSTRAINT ck_bank_account_tail CHECK (length(number_tail) = 4), 
	CONSTRAINT fk_bank_account_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_account_book_id_ledger_book FOREIGN KEY(book_id) REFERENCES ledger_book (id), 
	CONSTRAINT fk_bank_account_bank_account_id_ledger_account FOREIGN KEY(bank_account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_bank_account_unclaimed_account_id_ledger_account FOREIGN KEY(unclaimed_account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_bank_account_opened_by_user_account FOREIGN KEY(opened_by) REFERENCES user_account (id)
)
-- next
CREATE FUNCTION bank_account_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.book_id <> OLD.book_id OR NEW.number_index <> OLD.number_index OR NEW.community_id <> OLD.community_id OR coalesce(NEW.bank_account_id, 0) <> OLD.bank_account_id OR coalesce(NEW.unclaimed_account_id, 0) <> OLD.unclaimed_account_id THEN RAISE EXCEPTION 'bank_account_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_account_stays BEFORE UPDATE ON bank_account FOR EACH ROW EXECUTE FUNCTION bank_account_stays()
-- next
CREATE FUNCTION bank_account_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'bank_account_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER bank_account_kept BEFORE DELETE ON bank_account FOR EACH ROW EXECUTE FUNCTION bank_account_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER bank_account_kept_no_truncate BEFORE TRUNCATE ON bank_account FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE agreement (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	vote_id BIGINT, 
	most_fen BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	signed_on DATE NOT NULL, 
	basis VARCHAR(16) NOT NULL, 
	total_fen BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document_file_id BIGINT, 
	agreed_by BIGINT, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	is_sealed BOOLEAN NOT NULL, 
	CONSTRAINT pk_agreement PRIMARY KEY (id), 
	CONSTRAINT uq_agreement_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT ck_agreement_total_fen CHECK (total_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_agreement_basis CHECK (basis IN ('agreement', 'floor_area', 'households', 'amounts')), 
	CONSTRAINT ck_agreement_digest CHECK (length(digest) = 64), 
	CONSTRAINT ck_agreement_approved CHECK (total_fen <= most_fen), 
	CONSTRAINT fk_agreement_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_agreement_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_agreement_vote_id_cofund_vote FOREIGN KEY(vote_id) REFERENCES cofund_vote (id), 
	CONSTRAINT fk_agreement_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_agreement_agreed_by_user_account FOREIGN KEY(agreed_by) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION agreement_starts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.is_sealed THEN RAISE EXCEPTION 'agreement_starts' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER agreement_starts BEFORE INSERT ON agreement FOR EACH ROW EXECUTE FUNCTION agreement_starts()
-- next
CREATE OR REPLACE FUNCTION agreement_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.is_sealed OR (SELECT count(*) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> 3 OR (SELECT sum(s.amount_fen) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> NEW.total_fen OR coalesce((SELECT sum(l.amount_fen) FROM project_cost_line l WHERE l.project_id = NEW.project_id), 0) <> NEW.total_fen OR NEW.is_sealed AND NOT (CASE WHEN NEW.vote_id IS NULL THEN (SELECT s.amount_fen FROM agreement_share s WHERE s.agreement_id = NEW.id AND s.party = 'residents') = 0 AND EXISTS (SELECT 1 FROM project p WHERE p.id = NEW.project_id AND p.publicised_to < NEW.signed_on) ELSE EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.project_id = NEW.project_id AND v.state = 'passed' AND NEW.most_fen * 10 <= v.total_fen * 11) END) THEN RAISE EXCEPTION 'agreement_adds_up' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER agreement_adds_up BEFORE UPDATE ON agreement FOR EACH ROW EXECUTE FUNCTION agreement_adds_up()
-- next
CREATE OR REPLACE FUNCTION agreement_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'agreement_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER agreement_stays BEFORE DELETE ON agreement FOR EACH ROW EXECUTE FUNCTION agreement_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER agreement_stays_no_truncate BEFORE TRUNCATE ON agreement FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_waiver (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	receivable_id BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	asked_by BIGINT NOT NULL, 
	asked_name VARCHAR(80) NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_by BIGINT, 
	decided_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decision_note TEXT NOT NULL, 
	CONSTRAINT pk_cofund_waiver PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_waiver_state CHECK (state IN ('asked', 'approved', 'refused')), 
	CONSTRAINT ck_cofund_waiver_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_waiver_reason CHECK (reason <> ''), 
	CONSTRAINT ck_cofund_waiver_two_persons CHECK (decided_by IS NULL OR decided_by <> asked_by), 
	CONSTRAINT ck_cofund_waiver_decided CHECK ((state = 'asked') = (decided_at IS NULL)), 
	CONSTRAINT ck_cofund_waiver_approver CHECK (state <> 'approved' OR decided_by IS NOT NULL), 
	CONSTRAINT fk_cofund_waiver_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_waiver_receivable_id_cofund_receivable FOREIGN KEY(receivable_id) REFERENCES cofund_receivable (id), 
	CONSTRAINT fk_cofund_waiver_asked_by_user_account FOREIGN KEY(asked_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_waiver_decided_by_user_account FOREIGN KEY(decided_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_waiver_community_id_state ON cofund_waiver (community_id, state)
-- next
CREATE UNIQUE INDEX ix_cofund_waiver_receivable_id ON cofund_waiver (receivable_id) WHERE state = 'asked'
-- next
CREATE OR REPLACE FUNCTION waiver_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'asked' OR NEW.amount_fen <> OLD.amount_fen OR NEW.receivable_id <> OLD.receivable_id OR NEW.asked_by <> OLD.asked_by THEN RAISE EXCEPTION 'waiver_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER waiver_keeps BEFORE UPDATE ON cofund_waiver FOR EACH ROW EXECUTE FUNCTION waiver_keeps()
-- next
CREATE OR REPLACE FUNCTION waiver_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'waiver_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER waiver_stays BEFORE DELETE ON cofund_waiver FOR EACH ROW EXECUTE FUNCTION waiver_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER waiver_stays_no_truncate BEFORE TRUNCATE ON cofund_waiver FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_labour (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	task_id BIGINT NOT NULL, 
	linked_by BIGINT, 
	linked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_labour PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_labour_task_id UNIQUE (task_id), 
	CONSTRAINT fk_cofund_labour_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_labour_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_labour_task_id_task FOREIGN KEY(task_id) REFERENCES task (id), 
	CONSTRAINT fk_cofund_labour_linked_by_user_account FOREIGN KEY(linked_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_labour_project_id ON cofund_labour (project_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_labour_no_change BEFORE UPDATE OR DELETE ON cofund_labour
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_labour_no_truncate BEFORE TRUNCATE ON cofund_labour
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE cofund_disclosure_decision (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	disclosure_id BIGINT NOT NULL, 
	is_released BOOLEAN NOT NULL, 
	from_on DATE, 
	reason TEXT NOT NULL, 
	decided_by BIGINT NOT NULL, 
	decided_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_disclosure_decision PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_disclosure_decision_disclosure_id UNIQUE (disclosure_id), 
	CONSTRAINT ck_cofund_disclosure_decision_released CHECK (is_released = (from_on IS NOT NULL)), 
	CONSTRAINT ck_cofund_disclosure_decision_reason CHECK (is_released OR reason <> ''), 
	CONSTRAINT fk_cofund_disclosure_decision_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_disclosure_decision_disclosure_id_cofund_disclosure FOREIGN KEY(disclosure_id) REFERENCES cofund_disclosure (id), 
	CONSTRAINT fk_cofund_disclosure_decision_decided_by_user_account FOREIGN KEY(decided_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_disclosure_decision_community_id_disclosure_id ON cofund_disclosure_decision (community_id, disclosure_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_disclosure_decision_no_change BEFORE UPDATE OR DELETE ON cofund_disclosure_decision
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_disclosure_decision_no_truncate BEFORE TRUNCATE ON cofund_disclosure_decision
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE OR REPLACE FUNCTION disclosure_by_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM cofund_disclosure d WHERE d.id = NEW.disclosure_id AND d.community_id = NEW.community_id AND d.made_by <> NEW.decided_by) THEN RAISE EXCEPTION 'disclosure_by_two' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER disclosure_by_two BEFORE INSERT ON cofund_disclosure_decision FOR EACH ROW EXECUTE FUNCTION disclosure_by_two()
-- next
CREATE TABLE cofund_disclosure_objection (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	disclosure_id BIGINT NOT NULL, 
	case_id BIGINT NOT NULL, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_disclosure_objection PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_disclosure_objection_case_id UNIQUE (case_id), 
	CONSTRAINT fk_cofund_disclosure_objection_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_disclosure_objection_disclosure_id_cofund_disclosure FOREIGN KEY(disclosure_id) REFERENCES cofund_disclosure (id), 
	CONSTRAINT fk_cofund_disclosure_objection_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id)
)
-- next
CREATE INDEX ix_cofund_disclosure_objection_disclosure_id ON cofund_disclosure_objection (disclosure_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_disclosure_objection_no_change BEFORE UPDATE OR DELETE ON cofund_disclosure_objection
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_disclosure_objection_no_truncate BEFORE TRUNCATE ON cofund_disclosure_objection
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE OR REPLACE FUNCTION disclosure_objected_when_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM cofund_disclosure_decision r WHERE r.disclosure_id = NEW.disclosure_id AND r.is_released) THEN RAISE EXCEPTION 'disclosure_objected_when_up' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER disclosure_objected_when_up BEFORE INSERT ON cofund_disclosure_objection FOR EACH ROW EXECUTE FUNCTION disclosure_objected_when_up()
-- next
CREATE TABLE cofund_vote_owner (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	vote_id BIGINT NOT NULL, 
	household_id BIGINT NOT NULL, 
	building BIGINT NOT NULL, 
	unit BIGINT NOT NULL, 
	room_no VARCHAR(16) NOT NULL, 
	area_hundredths BIGINT NOT NULL, 
	owner_name VARCHAR(60) NOT NULL, 
	owner_person_id BIGINT, 
	CONSTRAINT pk_cofund_vote_owner PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_vote_owner_vote_id_household_id UNIQUE (vote_id, household_id), 
	CONSTRAINT uq_cofund_vote_owner_id_vote_id UNIQUE (id, vote_id), 
	CONSTRAINT ck_cofund_vote_owner_area CHECK (area_hundredths > 0), 
	CONSTRAINT fk_cofund_vote_owner_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_vote_owner_vote_id_cofund_vote FOREIGN KEY(vote_id) REFERENCES cofund_vote (id), 
	CONSTRAINT fk_cofund_vote_owner_household_id_household FOREIGN KEY(household_id) REFERENCES household (id), 
	CONSTRAINT fk_cofund_vote_owner_owner_person_id_person FOREIGN KEY(owner_person_id) REFERENCES person (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_vote_owner_no_change BEFORE UPDATE OR DELETE ON cofund_vote_owner
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_vote_owner_no_truncate BEFORE TRUNCATE ON cofund_vote_owner
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE OR REPLACE FUNCTION roll_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM cofund_ballot b WHERE b.vote_id = NEW.vote_id) OR NOT EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open') THEN RAISE EXCEPTION 'roll_closed' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER roll_closed BEFORE INSERT ON cofund_vote_owner FOR EACH ROW EXECUTE FUNCTION roll_closed()
-- next
CREATE TABLE ledger_checkpoint (
	account_id BIGINT NOT NULL, 
	through_on DATE NOT NULL, 
	posted BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_checkpoint PRIMARY KEY (account_id, through_on), 
	CONSTRAINT fk_ledger_checkpoint_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE occasion (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	line VARCHAR(12), 
	audience VARCHAR(8), 
	state VARCHAR(12) NOT NULL, 
	title VARCHAR(60) NOT NULL, 
	on_day DATE NOT NULL, 
	time_text VARCHAR(40) NOT NULL, 
	place VARCHAR(60) NOT NULL, 
	grid_id BIGINT, 
	micro_grid_id BIGINT, 
	seats BIGINT, 
	task_id BIGINT, 
	attended_count BIGINT, 
	walk_in_count BIGINT NOT NULL, 
	report TEXT NOT NULL, 
	cancel_reason VARCHAR(200), 
	checked_count BIGINT, 
	found_count BIGINT, 
	copy_count BIGINT, 
	hazard TEXT, 
	recheck_on DATE, 
	rechecked_on DATE, 
	is_cleared BOOLEAN, 
	parties TEXT, 
	agreement TEXT, 
	CONSTRAINT pk_occasion PRIMARY KEY (id), 
	CONSTRAINT ck_occasion_kind_known CHECK (kind IN ('free_clinic', 'medicine_home', 'elder_visit', 'meal', 'school_guard', 'science', 'parent_child', 'holiday_camp', 'job_fair', 'skills', 'police_room', 'population_check', 'mediation', 'hazard_check', 'publicity', 'clean_up')), 
	CONSTRAINT ck_occasion_line_known CHECK (line IN ('security', 'medical', 'elder_care', 'education')), 
	CONSTRAINT ck_occasion_audience_known CHECK (audience IN ('old', 'young', 'others')), 
	CONSTRAINT ck_occasion_state_known CHECK (state IN ('planned', 'held', 'cancelled')), 
	CONSTRAINT ck_occasion_held_is_counted CHECK ((state = 'held') = (attended_count IS NOT NULL)), 
	CONSTRAINT ck_occasion_why_not_held CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)), 
	CONSTRAINT ck_occasion_counts_believable CHECK (seats >= 1 AND attended_count >= 0), 
	CONSTRAINT ck_occasion_checked CHECK (checked_count IS NULL OR kind = 'population_check'), 
	CONSTRAINT ck_occasion_found CHECK (found_count IS NULL OR kind = 'population_check'), 
	CONSTRAINT ck_occasion_copies CHECK (copy_count IS NULL OR kind = 'publicity'), 
	CONSTRAINT ck_occasion_hazard CHECK (hazard IS NULL OR kind = 'hazard_check'), 
	CONSTRAINT ck_occasion_parties CHECK (parties IS NULL OR kind = 'mediation'), 
	CONSTRAINT ck_occasion_hazard_is_rechecked CHECK ((hazard IS NULL) = (recheck_on IS NULL)), 
	CONSTRAINT ck_occasion_recheck_says CHECK ((rechecked_on IS NULL) = (is_cleared IS NULL)), 
	CONSTRAINT ck_occasion_agreement_of_parties CHECK (agreement IS NULL OR parties IS NOT NULL), 
	CONSTRAINT fk_occasion_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_occasion_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_occasion_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_occasion_task_id_task FOREIGN KEY(task_id) REFERENCES task (id)
)
-- next
CREATE INDEX ix_occasion_community_id_on_day_id ON occasion (community_id, on_day, id)
-- next
CREATE INDEX ix_occasion_grid_id ON occasion (grid_id)
-- next
CREATE INDEX ix_occasion_micro_grid_id ON occasion (micro_grid_id)
-- next
CREATE INDEX ix_occasion_task_id ON occasion (task_id)
-- next
CREATE TABLE ledger_entry (
	number BIGSERIAL NOT NULL, 
	id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	lines SMALLINT NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	effective_on DATE NOT NULL, 
	lots_on DATE, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	reverses_id UUID, 
	hold_id UUID, 
	debt_account_id BIGINT, 
	actor_name VARCHAR(120) NOT NULL, 
	memo VARCHAR(500) NOT NULL, 
	document VARCHAR(200) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	salt BYTEA NOT NULL, 
	words_hash BYTEA NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_entry PRIMARY KEY (number), 
	CONSTRAINT uq_ledger_entry_id_lines UNIQUE (id, lines), 
	CONSTRAINT ck_ledger_entry_lines CHECK (lines BETWEEN 1 AND 500), 
	CONSTRAINT ck_ledger_entry_memo_length CHECK (length(memo) <= 500), 
	CONSTRAINT ck_ledger_entry_reverses_another CHECK (reverses_id <> id), 
	CONSTRAINT ck_ledger_entry_debt_of_reversal CHECK (debt_account_id IS NULL OR reverses_id IS NOT NULL), 
	CONSTRAINT ck_ledger_entry_captures_or_reverses CHECK (hold_id IS NULL OR reverses_id IS NULL), 
	CONSTRAINT ck_ledger_entry_lots_carried CHECK (lots_on IS NULL OR (lots_on <= effective_on AND reverses_id IS NULL AND hold_id IS NULL)), 
	CONSTRAINT ck_ledger_entry_kind_one_word CHECK (length(kind) > 0 AND kind NOT LIKE '% %' AND kind NOT LIKE '%
%'), 
	CONSTRAINT ck_ledger_entry_words_or_erased CHECK (length(salt) = 16 OR (length(salt) = 0 AND actor_name = '' AND memo = '' AND document = '' AND reason = '')), 
	CONSTRAINT ck_ledger_entry_asset_known CHECK (asset IN ('MIN', 'CNY')), 
	CONSTRAINT ck_ledger_entry_effective_on_day CHECK (effective_on BETWEEN '1900-01-01' AND '2999-12-31'), 
	CONSTRAINT ck_ledger_entry_lots_on_day CHECK (lots_on IS NULL OR lots_on BETWEEN '1900-01-01' AND '2999-12-31'), 
	CONSTRAINT ck_ledger_entry_recorded_at_moment CHECK (recorded_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_entry_words_hash_length CHECK (length(words_hash) = 32), 
	CONSTRAINT ck_ledger_entry_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT uq_ledger_entry_id UNIQUE (id), 
	CONSTRAINT fk_ledger_entry_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_ledger_entry_reverses_id_ledger_entry FOREIGN KEY(reverses_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_entry_hold_id_ledger_hold FOREIGN KEY(hold_id) REFERENCES ledger_hold (id), 
	CONSTRAINT fk_ledger_entry_debt_account_id_ledger_account FOREIGN KEY(debt_account_id) REFERENCES ledger_account (id)
)
-- next
CREATE INDEX ix_ledger_entry_book_id_effective_on ON ledger_entry (book_id, effective_on)
-- next
CREATE INDEX ix_ledger_entry_community_id_number ON ledger_entry (community_id, number)
-- next
CREATE UNIQUE INDEX uq_ledger_entry_hold_id ON ledger_entry (hold_id) WHERE hold_id IS NOT NULL
-- next
CREATE UNIQUE INDEX uq_ledger_entry_reverses_id ON ledger_entry (reverses_id) WHERE reverses_id IS NOT NULL
-- next
CREATE TABLE ledger_hold_erasure (
	hold_id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	erased_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	ground VARCHAR(500) NOT NULL, 
	facts BYTEA NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_hold_erasure PRIMARY KEY (hold_id), 
	CONSTRAINT ck_ledger_hold_erasure_ground CHECK (length(ground) BETWEEN 1 AND 500), 
	CONSTRAINT ck_ledger_hold_erasure_erased_at_moment CHECK (erased_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_hold_erasure_facts_length CHECK (length(facts) = 32), 
	CONSTRAINT ck_ledger_hold_erasure_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_hold_erasure_hold_id_ledger_hold FOREIGN KEY(hold_id) REFERENCES ledger_hold (id), 
	CONSTRAINT fk_ledger_hold_erasure_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_hold_erasure_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE opinion_support (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	opinion_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_opinion_support PRIMARY KEY (id), 
	CONSTRAINT uq_opinion_support_opinion_id_person_id UNIQUE (opinion_id, person_id), 
	CONSTRAINT fk_opinion_support_person_id_community_id_person FOREIGN KEY(person_id, community_id) REFERENCES person (id, community_id), 
	CONSTRAINT fk_opinion_support_opinion_id_opinion FOREIGN KEY(opinion_id) REFERENCES opinion (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER opinion_support_no_change BEFORE UPDATE OR DELETE ON opinion_support
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER opinion_support_no_truncate BEFORE TRUNCATE ON opinion_support
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE bank_layout (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	layout TEXT NOT NULL, 
	saved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	saved_by BIGINT, 
	CONSTRAINT pk_bank_layout PRIMARY KEY (id), 
	CONSTRAINT uq_bank_layout_account_id_fingerprint UNIQUE (account_id, fingerprint), 
	CONSTRAINT ck_bank_layout_fingerprint CHECK (length(fingerprint) = 64), 
	CONSTRAINT fk_bank_layout_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_layout_account_id_bank_account FOREIGN KEY(account_id) REFERENCES bank_account (id), 
	CONSTRAINT fk_bank_layout_saved_by_user_account FOREIGN KEY(saved_by) REFERENCES user_account (id)
)
-- next
CREATE TABLE bank_import (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	file_name VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	content TEXT, 
	layout TEXT, 
	new_count BIGINT NOT NULL, 
	known_count BIGINT NOT NULL, 
	skipped_count BIGINT NOT NULL, 
	first_on DATE, 
	last_on DATE, 
	closing_fen BIGINT, 
	staged_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	staged_by BIGINT, 
	staged_by_name VARCHAR(80) NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	settled_by BIGINT, 
	CONSTRAINT pk_bank_import PRIMARY KEY (id), 
	CONSTRAINT ck_bank_import_state CHECK (state IN ('staged', 'confirmed', 'discarded')), 
	CONSTRAINT ck_bank_import_kind CHECK (kind IN ('table', 'mt940', 'camt053', 'ofx')), 
	CONSTRAINT ck_bank_import_content_while_staged CHECK ((state = 'staged') = (content IS NOT NULL)), 
	CONSTRAINT ck_bank_import_settled_at_a_moment CHECK ((state = 'staged') = (settled_at IS NULL)), 
	CONSTRAINT ck_bank_import_counts CHECK (new_count >= 0 AND known_count >= 0 AND skipped_count >= 0), 
	CONSTRAINT fk_bank_import_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_import_account_id_bank_account FOREIGN KEY(account_id) REFERENCES bank_account (id), 
	CONSTRAINT fk_bank_import_staged_by_user_account FOREIGN KEY(staged_by) REFERENCES user_account (id), 
	CONSTRAINT fk_bank_import_settled_by_user_account FOREIGN KEY(settled_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_bank_import_account_id_id ON bank_import (account_id, id)
-- next
CREATE FUNCTION bank_import_settled() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state <> 'staged' THEN RAISE EXCEPTION 'bank_import_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_import_settled BEFORE UPDATE ON bank_import FOR EACH ROW EXECUTE FUNCTION bank_import_settled()
-- next
CREATE TABLE agreement_share (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	agreement_id BIGINT NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	weight BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	fund_account_id BIGINT NOT NULL, 
	CONSTRAINT pk_agreement_share PRIMARY KEY (id), 
	CONSTRAINT uq_agreement_share_agreement_id_party UNIQUE (agreement_id, party), 
	CONSTRAINT ck_agreement_share_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_agreement_share_amount_fen CHECK (amount_fen BETWEEN 0 AND 10000000000), 
	CONSTRAINT ck_agreement_share_weight CHECK (weight >= 0), 
	CONSTRAINT fk_agreement_share_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_agreement_share_agreement_id_agreement FOREIGN KEY(agreement_id) REFERENCES agreement (id)
)
-- next
CREATE OR REPLACE FUNCTION agreement_share_before_seal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.is_sealed) THEN RAISE EXCEPTION 'agreement_share_before_seal' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER agreement_share_before_seal BEFORE INSERT ON agreement_share FOR EACH ROW EXECUTE FUNCTION agreement_share_before_seal()
-- next
CREATE OR REPLACE FUNCTION agreement_share_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'agreement_share_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER agreement_share_keeps BEFORE UPDATE ON agreement_share FOR EACH ROW EXECUTE FUNCTION agreement_share_keeps()
-- next
CREATE OR REPLACE FUNCTION agreement_share_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'agreement_share_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER agreement_share_stays BEFORE DELETE ON agreement_share FOR EACH ROW EXECUTE FUNCTION agreement_share_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER agreement_share_stays_no_truncate BEFORE TRUNCATE ON agreement_share FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_ballot (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	vote_id BIGINT NOT NULL, 
	owner_id BIGINT NOT NULL, 
	choice VARCHAR(8) NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	cast_on DATE NOT NULL, 
	cast_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	cast_by BIGINT, 
	checked_by BIGINT, 
	proxy_name VARCHAR(60) NOT NULL, 
	proof_file_id BIGINT, 
	CONSTRAINT pk_cofund_ballot PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_ballot_owner_id UNIQUE (owner_id), 
	CONSTRAINT fk_cofund_ballot_owner_id_vote_id_cofund_vote_owner FOREIGN KEY(owner_id, vote_id) REFERENCES cofund_vote_owner (id, vote_id), 
	CONSTRAINT ck_cofund_ballot_choice CHECK (choice IN ('yes', 'no', 'abstain')), 
	CONSTRAINT ck_cofund_ballot_channel CHECK (channel IN ('page', 'paper', 'proxy')), 
	CONSTRAINT ck_cofund_ballot_proxy CHECK ((channel = 'proxy') = (proof_file_id IS NOT NULL AND proxy_name <> '')), 
	CONSTRAINT ck_cofund_ballot_paper CHECK ((channel = 'paper') = (checked_by IS NOT NULL) AND (checked_by IS NULL OR checked_by <> cast_by)), 
	CONSTRAINT fk_cofund_ballot_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_ballot_vote_id_cofund_vote FOREIGN KEY(vote_id) REFERENCES cofund_vote (id), 
	CONSTRAINT fk_cofund_ballot_cast_by_user_account FOREIGN KEY(cast_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_ballot_checked_by_user_account FOREIGN KEY(checked_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_ballot_proof_file_id_stored_file FOREIGN KEY(proof_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_cofund_ballot_vote_id ON cofund_ballot (vote_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_ballot_no_change BEFORE UPDATE OR DELETE ON cofund_ballot
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_ballot_no_truncate BEFORE TRUNCATE ON cofund_ballot
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE OR REPLACE FUNCTION ballot_in_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open' AND v.kind = 'roll' AND NEW.cast_on BETWEEN v.opens_on AND v.closes_on) THEN RAISE EXCEPTION 'ballot_in_time' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER ballot_in_time BEFORE INSERT ON cofund_ballot FOR EACH ROW EXECUTE FUNCTION ballot_in_time()
-- next
CREATE TABLE cofund_paper_entry (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	vote_id BIGINT NOT NULL, 
	owner_id BIGINT NOT NULL, 
	choice VARCHAR(8) NOT NULL, 
	collected_on DATE NOT NULL, 
	entered_by BIGINT NOT NULL, 
	entered_name VARCHAR(80) NOT NULL, 
	entered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_paper_entry PRIMARY KEY (id), 
	CONSTRAINT uq_cofund_paper_entry_owner_id_entered_by UNIQUE (owner_id, entered_by), 
	CONSTRAINT fk_cofund_paper_entry_owner_id_vote_id_cofund_vote_owner FOREIGN KEY(owner_id, vote_id) REFERENCES cofund_vote_owner (id, vote_id), 
	CONSTRAINT ck_cofund_paper_entry_choice CHECK (choice IN ('yes', 'no', 'abstain')), 
	CONSTRAINT fk_cofund_paper_entry_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_paper_entry_vote_id_cofund_vote FOREIGN KEY(vote_id) REFERENCES cofund_vote (id), 
	CONSTRAINT fk_cofund_paper_entry_entered_by_user_account FOREIGN KEY(entered_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_paper_entry_vote_id ON cofund_paper_entry (vote_id)
-- next
CREATE OR REPLACE FUNCTION paper_in_time_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open' AND v.kind = 'roll' AND NEW.collected_on BETWEEN v.opens_on AND v.closes_on) OR EXISTS (SELECT 1 FROM cofund_ballot b WHERE b.owner_id = NEW.owner_id) THEN RAISE EXCEPTION 'paper_in_time_insert' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER paper_in_time_insert BEFORE INSERT ON cofund_paper_entry FOR EACH ROW EXECUTE FUNCTION paper_in_time_insert()
-- next
CREATE OR REPLACE FUNCTION paper_in_time_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM cofund_vote v WHERE v.id = NEW.vote_id AND v.state = 'open' AND v.kind = 'roll' AND NEW.collected_on BETWEEN v.opens_on AND v.closes_on) OR EXISTS (SELECT 1 FROM cofund_ballot b WHERE b.owner_id = NEW.owner_id) THEN RAISE EXCEPTION 'paper_in_time_update' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER paper_in_time_update BEFORE UPDATE ON cofund_paper_entry FOR EACH ROW EXECUTE FUNCTION paper_in_time_update()
-- next
CREATE TABLE need_result (
	need_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	kind_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	posted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	outcome VARCHAR(12) NOT NULL, 
	waited_minutes BIGINT, 
	CONSTRAINT pk_need_result PRIMARY KEY (need_id), 
	CONSTRAINT ck_need_result_outcome_known CHECK (outcome IN ('met', 'unmet', 'cancelled', 'waiting')), 
	CONSTRAINT fk_need_result_need_id_need FOREIGN KEY(need_id) REFERENCES need (id), 
	CONSTRAINT fk_need_result_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_need_result_posted ON need_result (community_id, posted_at)
-- next
CREATE FUNCTION need_result_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $begins$
BEGIN
  INSERT INTO need_result (need_id, community_id, kind_id, grid_id, centre_id, posted_at, outcome, waited_minutes) SELECT need_id, community_id, kind_id, grid_id, centre_id, posted_at, outcome, waited_minutes FROM (SELECT n.id AS need_id, n.community_id, n.kind_id, n.grid_id, n.centre_id, n.posted_at, CASE WHEN EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'done') THEN 'met' WHEN n.state = 'withdrawn' THEN 'cancelled' WHEN n.state = 'declined' THEN 'unmet' WHEN n.state IN ('taken_up', 'ended') AND NOT EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'open') AND EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'unmet') THEN 'unmet' WHEN n.state IN ('taken_up', 'ended') AND NOT EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'open') AND EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'cancelled') THEN 'cancelled' ELSE 'waiting' END AS outcome, floor(extract(epoch FROM (SELECT min(s.accepted_at) FROM sign_up s JOIN task t ON t.id = s.task_id WHERE t.need_id = n.id AND s.state IN ('accepted', 'served', 'no_show'))) / 60)::int - floor(extract(epoch FROM n.posted_at) / 60)::int AS waited_minutes FROM need n WHERE n.id = NEW.id) AS r;
  RETURN NULL;
END $begins$
-- next
CREATE FUNCTION need_result_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $follows$
DECLARE asked bigint;
BEGIN
  IF TG_TABLE_NAME = 'need' THEN asked := NEW.id;
  ELSIF TG_TABLE_NAME = 'task' THEN asked := NEW.need_id;
  ELSE SELECT t.need_id INTO asked FROM task t WHERE t.id = NEW.task_id;
  END IF;
  IF asked IS NULL THEN RETURN NULL; END IF;
  -- The row is the queue: whoever waited for it reads what the one before has done.
  PERFORM 1 FROM need_result WHERE need_id = asked FOR UPDATE;
  UPDATE need_result SET (kind_id, grid_id, centre_id, outcome, waited_minutes) = (SELECT kind_id, grid_id, centre_id, outcome, waited_minutes FROM (SELECT n.id AS need_id, n.community_id, n.kind_id, n.grid_id, n.centre_id, n.posted_at, CASE WHEN EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'done') THEN 'met' WHEN n.state = 'withdrawn' THEN 'cancelled' WHEN n.state = 'declined' THEN 'unmet' WHEN n.state IN ('taken_up', 'ended') AND NOT EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'open') AND EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'unmet') THEN 'unmet' WHEN n.state IN ('taken_up', 'ended') AND NOT EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'open') AND EXISTS (SELECT 1 FROM task t WHERE t.need_id = n.id AND t.state = 'cancelled') THEN 'cancelled' ELSE 'waiting' END AS outcome, floor(extract(epoch FROM (SELECT min(s.accepted_at) FROM sign_up s JOIN task t ON t.id = s.task_id WHERE t.need_id = n.id AND s.state IN ('accepted', 'served', 'no_show'))) / 60)::int - floor(extract(epoch FROM n.posted_at) / 60)::int AS waited_minutes FROM need n WHERE n.id = asked) AS r) WHERE need_id = asked;
  RETURN NULL;
END $follows$
-- next
CREATE TRIGGER need_result_begins AFTER INSERT ON need FOR EACH ROW EXECUTE FUNCTION need_result_begins()
-- next
CREATE TRIGGER need_result_follows_need_update AFTER UPDATE OF state, kind_id, grid_id, centre_id ON need FOR EACH ROW EXECUTE FUNCTION need_result_follows()
-- next
CREATE TRIGGER need_result_follows_task_insert AFTER INSERT ON task FOR EACH ROW WHEN (NEW.need_id IS NOT NULL) EXECUTE FUNCTION need_result_follows()
-- next
CREATE TRIGGER need_result_follows_task_update AFTER UPDATE OF state ON task FOR EACH ROW WHEN (NEW.need_id IS NOT NULL) EXECUTE FUNCTION need_result_follows()
-- next
CREATE TRIGGER need_result_follows_sign_up_insert AFTER INSERT ON sign_up FOR EACH ROW EXECUTE FUNCTION need_result_follows()
-- next
CREATE TRIGGER need_result_follows_sign_up_update AFTER UPDATE OF state, accepted_at ON sign_up FOR EACH ROW EXECUTE FUNCTION need_result_follows()
-- next
CREATE TABLE task_feedback (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	sign_up_id BIGINT NOT NULL, 
	task_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	side VARCHAR(10) NOT NULL, 
	satisfaction VARCHAR(8) NOT NULL, 
	is_solved BOOLEAN, 
	may_refer BOOLEAN NOT NULL, 
	words TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	told_by_id BIGINT, 
	told_by_user_id BIGINT, 
	told_by_name VARCHAR(80) NOT NULL, 
	is_by_staff BOOLEAN NOT NULL, 
	CONSTRAINT pk_task_feedback PRIMARY KEY (id), 
	CONSTRAINT uq_task_feedback_sign_up_id_side UNIQUE (sign_up_id, side), 
	CONSTRAINT ck_task_feedback_side_known CHECK (side IN ('served', 'volunteer')), 
	CONSTRAINT ck_task_feedback_satisfaction_known CHECK (satisfaction IN ('good', 'fair', 'poor')), 
	CONSTRAINT ck_task_feedback_solved_by_served CHECK ((side = 'served') = (is_solved IS NOT NULL)), 
	CONSTRAINT ck_task_feedback_referred_by_served CHECK (NOT may_refer OR side = 'served'), 
	CONSTRAINT fk_task_feedback_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_task_feedback_sign_up_id_sign_up FOREIGN KEY(sign_up_id) REFERENCES sign_up (id), 
	CONSTRAINT fk_task_feedback_task_id_task FOREIGN KEY(task_id) REFERENCES task (id), 
	CONSTRAINT fk_task_feedback_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_task_feedback_told_by_id_person FOREIGN KEY(told_by_id) REFERENCES person (id), 
	CONSTRAINT fk_task_feedback_told_by_user_id_user_account FOREIGN KEY(told_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_task_feedback_place ON task_feedback (community_id, satisfaction, id)
-- next
CREATE INDEX ix_task_feedback_task ON task_feedback (task_id)
-- next
CREATE INDEX ix_task_feedback_volunteer ON task_feedback (volunteer_id, id)
-- next
CREATE FUNCTION task_feedback_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM sign_up s WHERE s.id = NEW.sign_up_id AND s.task_id = NEW.task_id AND s.volunteer_id = NEW.volunteer_id AND s.state = 'served')) THEN
    RAISE EXCEPTION 'task_feedback_not_served' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT NEW.is_by_staff AND ((NEW.side = 'volunteer') <> (NEW.told_by_id = NEW.volunteer_id) OR NEW.told_by_id IS NULL)) THEN
    RAISE EXCEPTION 'task_feedback_other_side' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER task_feedback_guard BEFORE INSERT OR UPDATE ON task_feedback FOR EACH ROW EXECUTE FUNCTION task_feedback_guard()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER task_feedback_no_change BEFORE UPDATE OR DELETE ON task_feedback
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER task_feedback_no_truncate BEFORE TRUNCATE ON task_feedback
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE occasion_guest (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	occasion_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	signed_up_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_occasion_guest PRIMARY KEY (id), 
	CONSTRAINT uq_occasion_guest_occasion_id_person_id UNIQUE (occasion_id, person_id), 
	CONSTRAINT ck_occasion_guest_state_known CHECK (state IN ('signed_up', 'attended', 'absent', 'withdrawn')), 
	CONSTRAINT fk_occasion_guest_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_occasion_guest_occasion_id_occasion FOREIGN KEY(occasion_id) REFERENCES occasion (id), 
	CONSTRAINT fk_occasion_guest_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_occasion_guest_community_id ON occasion_guest (community_id)
-- next
CREATE INDEX ix_occasion_guest_person_id ON occasion_guest (person_id)
-- next
CREATE TABLE family_gift (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	wallet_id BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	policy_version BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_family_gift PRIMARY KEY (id), 
	CONSTRAINT ck_family_gift_minutes_in_range CHECK (minutes BETWEEN 1 AND 60000), 
	CONSTRAINT fk_family_gift_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_family_gift_wallet_id_family_wallet FOREIGN KEY(wallet_id) REFERENCES family_wallet (id), 
	CONSTRAINT uq_family_gift_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_family_gift_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_family_gift_community_id ON family_gift (community_id)
-- next
CREATE INDEX ix_family_gift_wallet_id_given_on ON family_gift (wallet_id, given_on)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER family_gift_no_change BEFORE UPDATE OR DELETE ON family_gift
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER family_gift_no_truncate BEFORE TRUNCATE ON family_gift
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION family_gift_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM family_wallet w WHERE w.id = NEW.wallet_id FOR UPDATE;
  IF NOT EXISTS (SELECT 1 FROM family_wallet w WHERE w.id = NEW.wallet_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL) THEN RAISE EXCEPTION 'family_gift_unopened' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.minutes + ((SELECT COALESCE(SUM(g.minutes), 0) FROM family_gift g WHERE g.wallet_id = NEW.wallet_id AND date_trunc('month', g.given_on) = date_trunc('month', NEW.given_on)) + (SELECT COALESCE(SUM(u.minutes), 0) FROM family_use u WHERE u.wallet_id = NEW.wallet_id AND u.returned_at IS NULL AND date_trunc('month', u.used_on) = date_trunc('month', NEW.given_on))) > (SELECT w.month_minutes_max FROM family_wallet w WHERE w.id = NEW.wallet_id) THEN RAISE EXCEPTION 'family_gift_limit' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER family_gift_guard BEFORE INSERT ON family_gift FOR EACH ROW EXECUTE FUNCTION family_gift_guard()
-- next
CREATE TABLE redemption (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	person_id BIGINT NOT NULL, 
	card_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	till_id BIGINT NOT NULL, 
	table_key UUID, 
	booking_id BIGINT, 
	case_id BIGINT, 
	relative_id BIGINT, 
	operator_user_id BIGINT, 
	operator_person_id BIGINT, 
	operator_name VARCHAR(60) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	proof VARCHAR(8) NOT NULL, 
	signed_slip VARCHAR(30), 
	photo_file_id BIGINT, 
	token_id BIGINT, 
	instead_name TEXT, 
	instead_kind VARCHAR(8), 
	served_on DATE, 
	total_minutes BIGINT NOT NULL, 
	hold_id UUID NOT NULL, 
	entry_id UUID, 
	reversal_entry_id UUID, 
	slip_day DATE NOT NULL, 
	slip_seq BIGINT NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	delivered_at TIMESTAMP WITH TIME ZONE, 
	captured_at TIMESTAMP WITH TIME ZONE, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_by VARCHAR(60) NOT NULL, 
	undone_by_user_id BIGINT, 
	undo_second_user_id BIGINT, 
	undo_second VARCHAR(60) NOT NULL, 
	undo_day DATE, 
	undo_till_id BIGINT, 
	undo_reason TEXT NOT NULL, 
	CONSTRAINT pk_redemption PRIMARY KEY (id), 
	CONSTRAINT uq_redemption_centre_id_slip_day_slip_seq UNIQUE (centre_id, slip_day, slip_seq), 
	CONSTRAINT ck_redemption_state_known CHECK (state IN ('held', 'delivered', 'captured', 'undone')), 
	CONSTRAINT ck_redemption_proof_known CHECK (proof IN ('pin', 'code', 'signed', 'card', 'voucher', 'prepaid')), 
	CONSTRAINT ck_redemption_minutes_positive CHECK (total_minutes > 0), 
	CONSTRAINT ck_redemption_not_for_self CHECK (operator_person_id IS NULL OR operator_person_id <> person_id), 
	CONSTRAINT ck_redemption_captured_by_entry CHECK ((state IN ('captured', 'undone')) = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_by_reversal CHECK ((state = 'undone') = (reversal_entry_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_for_a_reason CHECK (state <> 'undone' OR undo_reason <> ''), 
	CONSTRAINT ck_redemption_signed_on_paper CHECK ((proof = 'signed') = (signed_slip IS NOT NULL)), 
	CONSTRAINT ck_redemption_relative_proves_self CHECK (relative_id IS NULL OR (relative_id <> person_id AND proof <> 'signed')), 
	CONSTRAINT ck_redemption_card_with_photo CHECK ((proof = 'card') = (photo_file_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_voucher_by_token CHECK ((proof = 'voucher') = (token_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_on_a_day CHECK ((state = 'undone') = (undo_day IS NOT NULL) AND (state = 'undone') = (undo_till_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_by_two CHECK (undo_second_user_id IS NULL OR undo_second_user_id <> undone_by_user_id), 
	CONSTRAINT ck_redemption_instead_known CHECK (instead_kind IS NULL OR instead_kind IN ('eats', 'fetches', 'cares')), 
	CONSTRAINT ck_redemption_instead_named CHECK ((instead_kind IS NULL) = (instead_name IS NULL)), 
	CONSTRAINT ck_redemption_served_before CHECK (served_on IS NULL OR served_on <= slip_day), 
	CONSTRAINT fk_redemption_till_id_centre_id_care_till FOREIGN KEY(till_id, centre_id) REFERENCES care_till (id, centre_id), 
	CONSTRAINT uq_redemption_community_id_signed_slip UNIQUE (community_id, signed_slip), 
	CONSTRAINT fk_redemption_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_redemption_key UNIQUE (key), 
	CONSTRAINT fk_redemption_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_redemption_card_id_member_card FOREIGN KEY(card_id) REFERENCES member_card (id), 
	CONSTRAINT fk_redemption_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT uq_redemption_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_redemption_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id), 
	CONSTRAINT fk_redemption_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_redemption_relative_id_person FOREIGN KEY(relative_id) REFERENCES person (id), 
	CONSTRAINT fk_redemption_operator_user_id_user_account FOREIGN KEY(operator_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_redemption_operator_person_id_person FOREIGN KEY(operator_person_id) REFERENCES person (id), 
	CONSTRAINT fk_redemption_photo_file_id_stored_file FOREIGN KEY(photo_file_id) REFERENCES stored_file (id), 
	CONSTRAINT uq_redemption_token_id UNIQUE (token_id), 
	CONSTRAINT fk_redemption_token_id_care_offline_token FOREIGN KEY(token_id) REFERENCES care_offline_token (id), 
	CONSTRAINT uq_redemption_hold_id UNIQUE (hold_id), 
	CONSTRAINT uq_redemption_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_redemption_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_redemption_reversal_entry_id UNIQUE (reversal_entry_id), 
	CONSTRAINT fk_redemption_reversal_entry_id_ledger_entry FOREIGN KEY(reversal_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_redemption_undone_by_user_id_user_account FOREIGN KEY(undone_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_redemption_undo_second_user_id_user_account FOREIGN KEY(undo_second_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_redemption_undo_till_id_care_till FOREIGN KEY(undo_till_id) REFERENCES care_till (id)
)
-- next
CREATE INDEX ix_redemption_card_id ON redemption (card_id)
-- next
CREATE INDEX ix_redemption_case_id ON redemption (case_id)
-- next
CREATE INDEX ix_redemption_centre_id_recorded_at ON redemption (centre_id, recorded_at)
-- next
CREATE INDEX ix_redemption_community_id ON redemption (community_id)
-- next
CREATE INDEX ix_redemption_operator_user_id ON redemption (operator_user_id)
-- next
CREATE INDEX ix_redemption_person_id_recorded_at ON redemption (person_id, recorded_at)
-- next
CREATE INDEX ix_redemption_table_key ON redemption (table_key)
-- next
CREATE INDEX ix_redemption_till_id_slip_day ON redemption (till_id, slip_day)
-- next
CREATE INDEX ix_redemption_undo_till_id_undo_day ON redemption (undo_till_id, undo_day)
-- next
CREATE FUNCTION redemption_relative() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.relative_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM family_wallet w JOIN spending_consent c ON c.wallet_id = w.id WHERE w.giver_id = NEW.person_id AND w.receiver_id = NEW.relative_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL AND c.revoked_at IS NULL) THEN RAISE EXCEPTION 'redemption_relative' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_relative BEFORE INSERT ON redemption FOR EACH ROW EXECUTE FUNCTION redemption_relative()
-- next
CREATE FUNCTION redemption_too_young() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.booking_id IS NULL AND COALESCE((SELECT (to_char(NEW.slip_day, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 FROM person v WHERE v.id = NEW.person_id), 0) < (SELECT p.redeem_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.slip_day ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'redemption_too_young' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_too_young BEFORE INSERT ON redemption FOR EACH ROW EXECUTE FUNCTION redemption_too_young()
-- next
CREATE FUNCTION care_day_closed_slip() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR KEY SHARE;
  IF EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = NEW.till_id AND c.on_day = NEW.slip_day AND c.state = 'closed') THEN RAISE EXCEPTION 'care_day_closed_slip' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_closed_slip BEFORE INSERT ON redemption FOR EACH ROW EXECUTE FUNCTION care_day_closed_slip()
-- next
CREATE FUNCTION care_day_closed_undo() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.undo_till_id FOR KEY SHARE;
  IF NEW.state = 'undone' AND OLD.state <> 'undone' AND EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = NEW.undo_till_id AND c.on_day = NEW.undo_day AND c.state = 'closed') THEN RAISE EXCEPTION 'care_day_closed_undo' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_closed_undo BEFORE UPDATE ON redemption FOR EACH ROW EXECUTE FUNCTION care_day_closed_undo()
-- next
CREATE FUNCTION care_undone_alone() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR KEY SHARE;
  IF NEW.state = 'undone' AND OLD.state <> 'undone' AND NEW.undo_second_user_id IS NULL AND (NEW.total_minutes > COALESCE((SELECT k.undo_alone_minutes_max FROM care_counter_rules k WHERE k.centre_id = NEW.centre_id ORDER BY k.version DESC LIMIT 1), 0) OR EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = NEW.till_id AND c.on_day = NEW.slip_day AND c.state = 'closed')) THEN RAISE EXCEPTION 'care_undone_alone' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_undone_alone BEFORE UPDATE ON redemption FOR EACH ROW EXECUTE FUNCTION care_undone_alone()
-- next
CREATE FUNCTION care_slip_fixed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR KEY SHARE;
  IF NEW.slip_day <> OLD.slip_day OR NEW.till_id <> OLD.till_id OR NEW.centre_id <> OLD.centre_id OR NEW.slip_seq <> OLD.slip_seq OR NEW.person_id <> OLD.person_id OR NEW.total_minutes <> OLD.total_minutes OR (OLD.state = 'undone' AND NEW.state <> 'undone') THEN RAISE EXCEPTION 'care_slip_fixed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_slip_fixed BEFORE UPDATE ON redemption FOR EACH ROW EXECUTE FUNCTION care_slip_fixed()
-- next
CREATE FUNCTION redemption_at_home() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.booking_id IS NOT NULL AND EXISTS (SELECT 1 FROM booking b JOIN care_service s ON s.id = b.service_id WHERE b.id = NEW.booking_id AND s.delivery <> 'at_centre') AND NOT EXISTS (SELECT 1 FROM care_home_visit h WHERE h.booking_id = NEW.booking_id AND h.ended_at IS NOT NULL) THEN RAISE EXCEPTION 'redemption_at_home' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_at_home BEFORE INSERT ON redemption FOR EACH ROW EXECUTE FUNCTION redemption_at_home()
-- next
CREATE TABLE ledger_lot (
	id BIGSERIAL NOT NULL, 
	account_id BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	earned_on DATE NOT NULL, 
	amount BIGINT NOT NULL, 
	remaining BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_lot PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_lot_entry_id_account_id UNIQUE (entry_id, account_id), 
	CONSTRAINT ck_ledger_lot_amount CHECK (amount > 0), 
	CONSTRAINT ck_ledger_lot_remaining CHECK (remaining BETWEEN 0 AND amount)
)
-- next
CREATE INDEX ix_ledger_lot_left ON ledger_lot (account_id, earned_on, id) WHERE remaining > 0
-- next
CREATE TABLE ledger_transfer (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	line SMALLINT NOT NULL, 
	lines SMALLINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	debit_id BIGINT NOT NULL, 
	credit_id BIGINT NOT NULL, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_transfer PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_transfer_entry_id_ledger_entry FOREIGN KEY(entry_id, lines) REFERENCES ledger_entry (id, lines) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_ledger_transfer_entry_id_line UNIQUE (entry_id, line), 
	CONSTRAINT ck_ledger_transfer_line CHECK (line BETWEEN 1 AND lines), 
	CONSTRAINT ck_ledger_transfer_amount CHECK (amount BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_ledger_transfer_two_accounts CHECK (debit_id <> credit_id)
)
-- next
CREATE INDEX ix_ledger_transfer_credit_id_id_amount ON ledger_transfer (credit_id, id, amount)
-- next
CREATE INDEX ix_ledger_transfer_debit_id_id_amount ON ledger_transfer (debit_id, id, amount)
-- next
CREATE TABLE ledger_hold_end (
	hold_id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	outcome VARCHAR(8) NOT NULL, 
	entry_id UUID, 
	reason VARCHAR(500) NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_hold_end PRIMARY KEY (hold_id), 
	CONSTRAINT ck_ledger_hold_end_outcome_known CHECK (outcome IN ('captured', 'released', 'expired')), 
	CONSTRAINT ck_ledger_hold_end_entry_iff_captured CHECK ((outcome = 'captured') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_ledger_hold_end_reason_length CHECK (length(reason) <= 500), 
	CONSTRAINT ck_ledger_hold_end_ended_at_moment CHECK (ended_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_hold_end_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_hold_end_hold_id_ledger_hold FOREIGN KEY(hold_id) REFERENCES ledger_hold (id), 
	CONSTRAINT fk_ledger_hold_end_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_ledger_hold_end_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_ledger_hold_end_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_hold_end_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE service_record (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	recipient_id BIGINT, 
	organisation_id BIGINT, 
	activity VARCHAR(120) NOT NULL, 
	kind_id BIGINT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	served_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	micro_grid_id BIGINT, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	case_id BIGINT, 
	notes TEXT NOT NULL, 
	late_reason TEXT NOT NULL, 
	slip_number VARCHAR(40), 
	state VARCHAR(16) NOT NULL, 
	state_reason TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	code_tries BIGINT NOT NULL, 
	has_objection BOOLEAN DEFAULT false NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recorded_by_id BIGINT, 
	recorded_by_user_id BIGINT, 
	stated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	confirmed_at TIMESTAMP WITH TIME ZONE, 
	confirmed_by_id BIGINT, 
	confirmed_by_user_id BIGINT, 
	confirmed_how VARCHAR(8), 
	approved_at TIMESTAMP WITH TIME ZONE, 
	approved_by_id BIGINT, 
	approved_by_user_id BIGINT, 
	policy_version BIGINT, 
	rate_percent BIGINT, 
	rounding_minutes BIGINT, 
	credited_minutes BIGINT, 
	bonus_minutes BIGINT DEFAULT '0' NOT NULL, 
	donation_minutes BIGINT DEFAULT '0' NOT NULL, 
	refused_minutes BIGINT DEFAULT '0' NOT NULL, 
	capped_by VARCHAR(12), 
	entry_id UUID, 
	reversal_id UUID, 
	CONSTRAINT pk_service_record PRIMARY KEY (id), 
	CONSTRAINT ck_service_record_state_known CHECK (state IN ('recorded', 'confirmed', 'approved', 'rejected', 'withdrawn', 'unapproved')), 
	CONSTRAINT ck_service_record_minutes_range CHECK (minutes BETWEEN 1 AND 720), 
	CONSTRAINT ck_service_record_ends_after_start CHECK (ended_at > started_at), 
	CONSTRAINT ck_service_record_not_in_future CHECK (ended_at <= stated_at), 
	CONSTRAINT ck_service_record_serves_somebody CHECK (recipient_id IS NOT NULL OR organisation_id IS NOT NULL OR activity <> ''), 
	CONSTRAINT ck_service_record_serves_another CHECK (recipient_id <> volunteer_id), 
	CONSTRAINT ck_service_record_approver_not_volunteer CHECK (approved_by_id <> volunteer_id), 
	CONSTRAINT ck_service_record_approver_not_recipient CHECK (approved_by_id <> recipient_id), 
	CONSTRAINT ck_service_record_approver_not_recorder CHECK (approved_by_id <> recorded_by_id), 
	CONSTRAINT ck_service_record_approver_login_not_recorder CHECK (approved_by_user_id <> recorded_by_user_id), 
	CONSTRAINT ck_service_record_counted_means_posted CHECK ((state IN ('approved', 'unapproved')) = (entry_id IS NOT NULL AND approved_at IS NOT NULL AND credited_minutes IS NOT NULL AND policy_version IS NOT NULL)), 
	CONSTRAINT ck_service_record_approver_named CHECK (approved_at IS NULL OR approved_by_id IS NOT NULL OR approved_by_user_id IS NOT NULL), 
	CONSTRAINT ck_service_record_unapproved_means_reversed CHECK ((state = 'unapproved') = (reversal_id IS NOT NULL)), 
	CONSTRAINT ck_service_record_confirmed_by_proof CHECK (state NOT IN ('confirmed', 'approved') OR (confirmed_how IS NOT NULL AND confirmed_at IS NOT NULL)), 
	CONSTRAINT ck_service_record_proof_known CHECK (confirmed_how IN ('login', 'code', 'slip', 'presence')), 
	CONSTRAINT ck_service_record_slip_numbered CHECK (confirmed_how <> 'slip' OR slip_number IS NOT NULL), 
	CONSTRAINT ck_service_record_credits_something CHECK (credited_minutes > 0), 
	CONSTRAINT ck_service_record_donation_part CHECK (donation_minutes BETWEEN 0 AND COALESCE(credited_minutes, 0)), 
	CONSTRAINT ck_service_record_cap_bound CHECK (capped_by IS NULL OR (capped_by IN ('month', 'pair', 'lifetime') AND donation_minutes + refused_minutes > 0)), 
	CONSTRAINT ck_service_record_parts_not_negative CHECK (refused_minutes >= 0 AND bonus_minutes >= 0), 
	CONSTRAINT ck_service_record_counters_not_negative CHECK (code_tries >= 0 AND revision > 0), 
	CONSTRAINT fk_service_record_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_service_record_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_service_record_recipient_id_person FOREIGN KEY(recipient_id) REFERENCES person (id), 
	CONSTRAINT fk_service_record_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_service_record_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id), 
	CONSTRAINT fk_service_record_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_service_record_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_service_record_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_service_record_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_service_record_recorded_by_id_person FOREIGN KEY(recorded_by_id) REFERENCES person (id), 
	CONSTRAINT fk_service_record_recorded_by_user_id_user_account FOREIGN KEY(recorded_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_service_record_confirmed_by_id_person FOREIGN KEY(confirmed_by_id) REFERENCES person (id), 
	CONSTRAINT fk_service_record_confirmed_by_user_id_user_account FOREIGN KEY(confirmed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_service_record_approved_by_id_person FOREIGN KEY(approved_by_id) REFERENCES person (id), 
	CONSTRAINT fk_service_record_approved_by_user_id_user_account FOREIGN KEY(approved_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_service_record_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_service_record_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_service_record_reversal_id UNIQUE (reversal_id), 
	CONSTRAINT fk_service_record_reversal_id_ledger_entry FOREIGN KEY(reversal_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_service_record_approved ON service_record (community_id, approved_at)
-- next
CREATE INDEX ix_service_record_case ON service_record (case_id)
-- next
CREATE INDEX ix_service_record_centre ON service_record (centre_id, state)
-- next
CREATE INDEX ix_service_record_grid ON service_record (grid_id, state)
-- next
CREATE INDEX ix_service_record_objection ON service_record (community_id, id) WHERE has_objection
-- next
CREATE INDEX ix_service_record_organisation ON service_record (organisation_id) WHERE organisation_id IS NOT NULL
-- next
CREATE INDEX ix_service_record_queue ON service_record (community_id, state, id)
-- next
CREATE INDEX ix_service_record_recipient ON service_record (recipient_id, state)
-- next
CREATE INDEX ix_service_record_recipient_day ON service_record (recipient_id, served_on)
-- next
CREATE INDEX ix_service_record_recipient_newest ON service_record (recipient_id, id)
-- next
CREATE INDEX ix_service_record_recorder ON service_record (recorded_by_id, id)
-- next
CREATE INDEX ix_service_record_recorder_user ON service_record (recorded_by_user_id, id) WHERE recorded_by_user_id IS NOT NULL
-- next
CREATE INDEX ix_service_record_volunteer ON service_record (volunteer_id, id)
-- next
CREATE INDEX ix_service_record_volunteer_day ON service_record (volunteer_id, served_on)
-- next
CREATE UNIQUE INDEX uq_service_record_slip ON service_record (community_id, slip_number) WHERE slip_number IS NOT NULL AND state IN ('recorded', 'confirmed', 'approved')
-- next
CREATE FUNCTION service_record_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('recorded>confirmed', 'recorded>rejected', 'recorded>withdrawn', 'confirmed>recorded', 'confirmed>approved', 'confirmed>rejected', 'confirmed>withdrawn', 'approved>unapproved', 'rejected>recorded', 'rejected>confirmed', 'rejected>recorded') THEN
      RAISE EXCEPTION 'service_record_move' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('approved', 'unapproved') AND (NEW.community_id, NEW.volunteer_id, NEW.recipient_id, NEW.organisation_id, NEW.activity, NEW.kind_id, NEW.started_at, NEW.ended_at, NEW.served_on, NEW.minutes, NEW.case_id, NEW.recorded_at, NEW.recorded_by_id, NEW.recorded_by_user_id, NEW.confirmed_at, NEW.confirmed_by_id, NEW.approved_at, NEW.approved_by_id, NEW.approved_by_user_id, NEW.policy_version, NEW.credited_minutes, NEW.donation_minutes, NEW.refused_minutes, NEW.bonus_minutes, NEW.capped_by, NEW.entry_id)
      IS DISTINCT FROM (OLD.community_id, OLD.volunteer_id, OLD.recipient_id, OLD.organisation_id, OLD.activity, OLD.kind_id, OLD.started_at, OLD.ended_at, OLD.served_on, OLD.minutes, OLD.case_id, OLD.recorded_at, OLD.recorded_by_id, OLD.recorded_by_user_id, OLD.confirmed_at, OLD.confirmed_by_id, OLD.approved_at, OLD.approved_by_id, OLD.approved_by_user_id, OLD.policy_version, OLD.credited_minutes, OLD.donation_minutes, OLD.refused_minutes, OLD.bonus_minutes, OLD.capped_by, OLD.entry_id) THEN
      RAISE EXCEPTION 'service_record_frozen' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.late_reason = '' AND (NEW.stated_at AT TIME ZONE 'Asia/Shanghai')::date - NEW.served_on
    > COALESCE((SELECT COALESCE(p.late_days, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 7) THEN
    RAISE EXCEPTION 'service_record_late' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('recorded', 'confirmed', 'approved') THEN
    -- Two writers for one volunteer wait for each other, so that each sees the other's minutes.
    PERFORM pg_advisory_xact_lock(hashtextextended('service_record', NEW.volunteer_id));
    IF (SELECT COALESCE(SUM(r.minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state IN ('recorded', 'confirmed', 'approved') AND r.served_on = NEW.served_on) + NEW.minutes > COALESCE((SELECT COALESCE(p.day_minutes_max, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 480) THEN
      RAISE EXCEPTION 'service_record_day_cap' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER service_record_guard BEFORE INSERT OR UPDATE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_guard()
-- next
ALTER TABLE service_record
  ADD CONSTRAINT service_record_span
    CHECK (extract(epoch FROM ended_at - started_at) = minutes * 60),
  ADD CONSTRAINT service_record_day
    CHECK (served_on = (started_at AT TIME ZONE 'Asia/Shanghai')::date),
  ADD CONSTRAINT service_record_overlap EXCLUDE USING gist (
    int8range(volunteer_id, volunteer_id, '[]') WITH &&, tstzrange(started_at, ended_at) WITH &&
  ) WHERE (state IN ('recorded', 'confirmed', 'approved'))
-- next
CREATE FUNCTION service_record_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
  RAISE EXCEPTION 'service_record_kept' USING ERRCODE = 'restrict_violation';
END $kept$
-- next
CREATE TRIGGER service_record_kept_delete BEFORE DELETE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_kept()
-- next
CREATE TRIGGER service_record_kept_truncate BEFORE TRUNCATE ON service_record FOR EACH STATEMENT EXECUTE FUNCTION service_record_kept()
-- next
CREATE FUNCTION service_record_risk() RETURNS trigger LANGUAGE plpgsql AS $risk$
BEGIN
  IF TG_OP = 'INSERT' THEN
    
    INSERT INTO risk_mark (community_id, person_id)
      SELECT NEW.community_id, NEW.volunteer_id UNION
      SELECT NEW.community_id, NEW.recipient_id WHERE NEW.recipient_id IS NOT NULL;

    IF NEW.state = 'confirmed' THEN 
    INSERT INTO record_risk (record_id, community_id, points, is_waiting)
      SELECT NEW.id, NEW.community_id, 0, true
      WHERE NOT EXISTS (SELECT 1 FROM record_risk k WHERE k.record_id = NEW.id);
    UPDATE record_risk SET is_waiting = true WHERE record_id = NEW.id AND NOT is_waiting;
 END IF;
    RETURN NULL;
  END IF;
  IF (NEW.state, NEW.volunteer_id, NEW.recipient_id, NEW.started_at, NEW.ended_at, NEW.micro_grid_id, NEW.revision)
    IS DISTINCT FROM (OLD.state, OLD.volunteer_id, OLD.recipient_id, OLD.started_at, OLD.ended_at, OLD.micro_grid_id, OLD.revision) THEN
    
    INSERT INTO risk_mark (community_id, person_id)
      SELECT NEW.community_id, NEW.volunteer_id UNION
      SELECT NEW.community_id, NEW.recipient_id WHERE NEW.recipient_id IS NOT NULL;

    IF (NEW.volunteer_id, NEW.recipient_id) IS DISTINCT FROM (OLD.volunteer_id, OLD.recipient_id)
    THEN 
    INSERT INTO risk_mark (community_id, person_id)
      SELECT OLD.community_id, OLD.volunteer_id UNION
      SELECT OLD.community_id, OLD.recipient_id WHERE OLD.recipient_id IS NOT NULL;
 END IF;
  END IF;
  IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' THEN 
    INSERT INTO record_risk (record_id, community_id, points, is_waiting)
      SELECT NEW.id, NEW.community_id, 0, true
      WHERE NOT EXISTS (SELECT 1 FROM record_risk k WHERE k.record_id = NEW.id);
    UPDATE record_risk SET is_waiting = true WHERE record_id = NEW.id AND NOT is_waiting;
 END IF;
  IF NEW.state <> 'confirmed' AND OLD.state = 'confirmed' THEN 
    UPDATE record_risk SET is_waiting = false WHERE record_id = NEW.id AND is_waiting;
    UPDATE first_approval SET state = CASE NEW.state WHEN 'approved' THEN 'seconded'
      ELSE 'dropped' END WHERE record_id = NEW.id AND state = 'waiting';
 END IF;
  RETURN NULL;
END $risk$
-- next
CREATE TRIGGER service_record_risk AFTER INSERT OR UPDATE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_risk()
-- next
CREATE FUNCTION service_record_second() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN RETURN NEW; END IF;
  IF NEW.state = 'approved' AND (COALESCE(NEW.credited_minutes >= (SELECT d.second_minutes FROM desk_rules d WHERE d.community_id = NEW.community_id AND d.in_force_on <= (NEW.approved_at AT TIME ZONE 'Asia/Shanghai')::date ORDER BY d.in_force_on DESC, d.version DESC LIMIT 1), false) OR COALESCE(COALESCE((SELECT k.points FROM record_risk k WHERE k.record_id = NEW.id), 0) >= (SELECT d.second_points FROM desk_rules d WHERE d.community_id = NEW.community_id AND d.in_force_on <= (NEW.approved_at AT TIME ZONE 'Asia/Shanghai')::date ORDER BY d.in_force_on DESC, d.version DESC LIMIT 1), false)) AND NOT EXISTS (SELECT 1 FROM first_approval f WHERE f.record_id = NEW.id AND f.state = 'waiting' AND COALESCE(f.user_id, 0) <> COALESCE(NEW.approved_by_user_id, -1) AND COALESCE(f.person_id, 0) <> COALESCE(NEW.approved_by_id, -1)) THEN RAISE EXCEPTION 'service_record_second' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER service_record_second BEFORE INSERT OR UPDATE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_second()
-- next
CREATE FUNCTION service_record_repaired() RETURNS trigger LANGUAGE plpgsql AS $repair$
BEGIN
  IF OLD.state = 'rejected' AND NEW.state = 'recorded' THEN 
    UPDATE dispute SET state = 'repaired', due_on = NULL
      WHERE record_id = NEW.id AND state IN ('open', 'appealed', 'upheld', 'arbitration');
 END IF;
  RETURN NULL;
END $repair$
-- next
CREATE TRIGGER service_record_repaired AFTER UPDATE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_repaired()
-- next
CREATE FUNCTION service_record_caps() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'approved' THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN RETURN NEW; END IF;
  -- Two approvers for one volunteer wait for each other.
  PERFORM pg_advisory_xact_lock(hashtextextended('service_record', NEW.volunteer_id));
  IF NEW.policy_version <> COALESCE((SELECT p.version FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 1) THEN RAISE EXCEPTION 'service_record_policy' USING ERRCODE = 'check_violation'; END IF;
  IF (SELECT (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.earn_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'service_record_too_young' USING ERRCODE = 'check_violation'; END IF;
  IF (SELECT (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.guardian_below_age FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) AND NOT EXISTS (SELECT 1 FROM kinship k WHERE k.person_id = NEW.volunteer_id AND k.verified_on IS NOT NULL AND k.kind IN ('parent', 'grandparent')) THEN RAISE EXCEPTION 'service_record_guardian' USING ERRCODE = 'check_violation'; END IF;
  IF (SELECT p.month_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) IS NOT NULL AND NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id IN (SELECT p.id FROM person p WHERE p.id = NEW.volunteer_id OR p.merged_into_id = NEW.volunteer_id) AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date_trunc('month', NEW.served_on)::date AND r.served_on < (date_trunc('month', NEW.served_on) + interval '1 month')::date) > (SELECT p.month_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'service_record_month_cap' USING ERRCODE = 'check_violation'; END IF;
  IF (SELECT p.pair_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) IS NOT NULL AND NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id IN (SELECT p.id FROM person p WHERE p.id = NEW.volunteer_id OR p.merged_into_id = NEW.volunteer_id) AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date_trunc('month', NEW.served_on)::date AND r.served_on < (date_trunc('month', NEW.served_on) + interval '1 month')::date AND r.recipient_id IN (SELECT p.id FROM person p WHERE p.id = NEW.recipient_id OR p.merged_into_id = NEW.recipient_id)) > (SELECT p.pair_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'service_record_pair_cap' USING ERRCODE = 'check_violation'; END IF;
  IF (SELECT p.lifetime_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) IS NOT NULL AND NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id IN (SELECT p.id FROM person p WHERE p.id = NEW.volunteer_id OR p.merged_into_id = NEW.volunteer_id) AND r.id <> NEW.id AND r.state = 'approved') > (SELECT p.lifetime_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) THEN RAISE EXCEPTION 'service_record_lifetime_cap' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER service_record_caps BEFORE INSERT OR UPDATE ON service_record FOR EACH ROW EXECUTE FUNCTION service_record_caps()
-- next
CREATE TABLE brought_entry (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	source VARCHAR(60) NOT NULL, 
	reference VARCHAR(40) NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_brought_entry PRIMARY KEY (id), 
	CONSTRAINT uq_brought_entry_once UNIQUE (community_id, source, reference), 
	CONSTRAINT fk_brought_entry_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_brought_entry_line_id UNIQUE (line_id), 
	CONSTRAINT fk_brought_entry_line_id_brought_line FOREIGN KEY(line_id) REFERENCES brought_line (id), 
	CONSTRAINT uq_brought_entry_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_brought_entry_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE FUNCTION brought_entry_astray() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM brought_line l JOIN brought_batch b ON b.id = l.batch_id JOIN ledger_entry e ON e.id = NEW.entry_id WHERE l.id = NEW.line_id AND b.state = 'booked' AND b.source = NEW.source AND l.reference = NEW.reference AND e.kind = 'hours.brought' AND b.community_id = NEW.community_id AND e.community_id = NEW.community_id) THEN RAISE EXCEPTION 'brought_entry_astray' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER brought_entry_astray BEFORE INSERT ON brought_entry FOR EACH ROW EXECUTE FUNCTION brought_entry_astray()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER brought_entry_no_change BEFORE UPDATE OR DELETE ON brought_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER brought_entry_no_truncate BEFORE TRUNCATE ON brought_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE brought_return (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	reversal_id UUID NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	returned_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	returned_by_user_id BIGINT, 
	returned_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_brought_return PRIMARY KEY (id), 
	CONSTRAINT ck_brought_return_reason_told CHECK (length(reason) > 0), 
	CONSTRAINT fk_brought_return_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_brought_return_line_id UNIQUE (line_id), 
	CONSTRAINT fk_brought_return_line_id_brought_line FOREIGN KEY(line_id) REFERENCES brought_line (id), 
	CONSTRAINT uq_brought_return_reversal_id UNIQUE (reversal_id), 
	CONSTRAINT fk_brought_return_reversal_id_ledger_entry FOREIGN KEY(reversal_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_brought_return_returned_by_user_id_user_account FOREIGN KEY(returned_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE FUNCTION brought_return_astray() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM brought_entry b JOIN ledger_entry r ON r.reverses_id = b.entry_id WHERE b.line_id = NEW.line_id AND r.id = NEW.reversal_id AND b.community_id = NEW.community_id) THEN RAISE EXCEPTION 'brought_return_astray' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER brought_return_astray BEFORE INSERT ON brought_return FOR EACH ROW EXECUTE FUNCTION brought_return_astray()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER brought_return_no_change BEFORE UPDATE OR DELETE ON brought_return
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER brought_return_no_truncate BEFORE TRUNCATE ON brought_return
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_charge (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	booking_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	rules_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	minutes BIGINT NOT NULL, 
	percent BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	charged_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	reversal_entry_id UUID, 
	waived_at TIMESTAMP WITH TIME ZONE, 
	waived_by VARCHAR(80) NOT NULL, 
	waived_reason TEXT NOT NULL, 
	CONSTRAINT pk_care_charge PRIMARY KEY (id), 
	CONSTRAINT ck_care_charge_kind_known CHECK (kind IN ('missed_charge', 'late_charge')), 
	CONSTRAINT ck_care_charge_minutes_positive CHECK (minutes > 0), 
	CONSTRAINT ck_care_charge_part_of_it CHECK (percent BETWEEN 1 AND 100), 
	CONSTRAINT ck_care_charge_waived_for_a_reason CHECK ((reversal_entry_id IS NULL) = (waived_at IS NULL) AND (reversal_entry_id IS NULL OR waived_reason <> '')), 
	CONSTRAINT fk_care_charge_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_care_charge_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_care_charge_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id), 
	CONSTRAINT fk_care_charge_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_charge_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_charge_rules_id_care_booking_rules FOREIGN KEY(rules_id) REFERENCES care_booking_rules (id), 
	CONSTRAINT uq_care_charge_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_care_charge_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_care_charge_reversal_entry_id UNIQUE (reversal_entry_id), 
	CONSTRAINT fk_care_charge_reversal_entry_id_ledger_entry FOREIGN KEY(reversal_entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_care_charge_centre_id_charged_at ON care_charge (centre_id, charged_at)
-- next
CREATE INDEX ix_care_charge_community_id ON care_charge (community_id)
-- next
CREATE INDEX ix_care_charge_person_id ON care_charge (person_id)
-- next
CREATE FUNCTION care_charge_over() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.minutes > (SELECT b.minutes FROM booking b WHERE b.id = NEW.booking_id) OR NOT EXISTS (SELECT 1 FROM booking b WHERE b.id = NEW.booking_id AND b.state IN ('no_show', 'cancelled')) THEN RAISE EXCEPTION 'care_charge_over' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_charge_over BEFORE INSERT ON care_charge FOR EACH ROW EXECUTE FUNCTION care_charge_over()
-- next
CREATE FUNCTION care_charge_fixed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.reversal_entry_id IS NOT NULL OR NEW.minutes <> OLD.minutes OR NEW.booking_id <> OLD.booking_id OR NEW.entry_id <> OLD.entry_id THEN RAISE EXCEPTION 'care_charge_fixed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_charge_fixed BEFORE UPDATE ON care_charge FOR EACH ROW EXECUTE FUNCTION care_charge_fixed()
-- next
CREATE FUNCTION care_charge_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TRUE THEN RAISE EXCEPTION 'care_charge_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_charge_kept BEFORE DELETE ON care_charge FOR EACH ROW EXECUTE FUNCTION care_charge_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_charge_kept_no_truncate BEFORE TRUNCATE ON care_charge FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE ledger_block_leaf (
	entry_id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	block_number BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	leaf BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_block_leaf PRIMARY KEY (entry_id), 
	CONSTRAINT fk_ledger_block_leaf_block_number_ledger_block FOREIGN KEY(community_id, block_number) REFERENCES ledger_block (community_id, number) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_ledger_block_leaf_community_id_block_number_position UNIQUE (community_id, block_number, position), 
	CONSTRAINT ck_ledger_block_leaf_position CHECK (position >= 0), 
	CONSTRAINT ck_ledger_block_leaf_leaf_length CHECK (length(leaf) = 32), 
	CONSTRAINT fk_ledger_block_leaf_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE TABLE ledger_erasure (
	entry_id UUID NOT NULL, 
	community_id BIGINT NOT NULL, 
	erased_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor_user_id BIGINT, 
	ground VARCHAR(500) NOT NULL, 
	seal BYTEA NOT NULL, 
	CONSTRAINT pk_ledger_erasure PRIMARY KEY (entry_id), 
	CONSTRAINT ck_ledger_erasure_ground CHECK (length(ground) BETWEEN 1 AND 500), 
	CONSTRAINT ck_ledger_erasure_erased_at_moment CHECK (erased_at BETWEEN '1900-01-01 00:00:00+00' AND '2999-12-31 00:00:00+00'), 
	CONSTRAINT ck_ledger_erasure_seal_length CHECK (length(seal) = 32), 
	CONSTRAINT fk_ledger_erasure_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_erasure_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_erasure_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE bank_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	account_id BIGINT NOT NULL, 
	import_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	booked_on DATE NOT NULL, 
	time_text VARCHAR(8) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	balance_fen BIGINT, 
	running_fen BIGINT NOT NULL, 
	party_name TEXT NOT NULL, 
	party_account TEXT NOT NULL, 
	text TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	words_index VARCHAR(64) NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_bank_line PRIMARY KEY (id), 
	CONSTRAINT uq_bank_line_account_id_position UNIQUE (account_id, position), 
	CONSTRAINT ck_bank_line_kind CHECK (kind IN ('opening', 'movement')), 
	CONSTRAINT ck_bank_line_amount_fen CHECK (amount_fen <> 0 AND amount_fen BETWEEN -10000000000000 AND 10000000000000), 
	CONSTRAINT ck_bank_line_position CHECK (position > 0), 
	CONSTRAINT ck_bank_line_books_equal_bank CHECK (balance_fen = running_fen), 
	CONSTRAINT fk_bank_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_line_account_id_bank_account FOREIGN KEY(account_id) REFERENCES bank_account (id), 
	CONSTRAINT fk_bank_line_import_id_bank_import FOREIGN KEY(import_id) REFERENCES bank_import (id), 
	CONSTRAINT uq_bank_line_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_bank_line_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_bank_line_account_id_booked_on ON bank_line (account_id, booked_on)
-- next
CREATE INDEX ix_bank_line_import_id ON bank_line (import_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER bank_line_no_change BEFORE UPDATE OR DELETE ON bank_line
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER bank_line_no_truncate BEFORE TRUNCATE ON bank_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION bank_line_follows() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (NEW.running_fen <> NEW.amount_fen + CASE WHEN NEW.position = 1 THEN 0 ELSE coalesce((SELECT l.running_fen FROM bank_line l WHERE l.account_id = NEW.account_id AND l.position = NEW.position - 1), NEW.running_fen - NEW.amount_fen + 1) END) THEN RAISE EXCEPTION 'bank_line_follows' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_line_follows AFTER INSERT ON bank_line FOR EACH ROW EXECUTE FUNCTION bank_line_follows()
-- next
CREATE FUNCTION bank_line_opens() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  INSERT INTO bank_unclaimed (line_id, community_id, size_fen, unallocated_fen, version, note, is_held, owner_name) VALUES (NEW.id, NEW.community_id, abs(NEW.amount_fen), abs(NEW.amount_fen), 0, '', false, '');
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_line_opens AFTER INSERT ON bank_line FOR EACH ROW EXECUTE FUNCTION bank_line_opens()
-- next
CREATE TABLE care_reserve_receipt (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	key UUID NOT NULL, 
	received_on DATE NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	source VARCHAR(80) NOT NULL, 
	document VARCHAR(80) NOT NULL, 
	entry_id UUID NOT NULL, 
	noted_by_user_id BIGINT, 
	noted_by_person_id BIGINT, 
	noted_by VARCHAR(80) NOT NULL, 
	noted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	reversal_entry_id UUID, 
	undo_reason TEXT NOT NULL, 
	undone_by_user_id BIGINT, 
	undone_by VARCHAR(80) NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_care_reserve_receipt PRIMARY KEY (id), 
	CONSTRAINT ck_care_reserve_receipt_amount_positive CHECK (amount_fen BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_care_reserve_receipt_by_a_paper CHECK (source <> '' AND document <> ''), 
	CONSTRAINT ck_care_reserve_receipt_undone_whole CHECK ((reversal_entry_id IS NULL) = (undone_at IS NULL) AND (reversal_entry_id IS NULL) = (undone_by_user_id IS NULL) AND (reversal_entry_id IS NULL) = (undo_reason = '')), 
	CONSTRAINT ck_care_reserve_receipt_undone_by_another CHECK (undone_by_user_id IS NULL OR undone_by_user_id <> noted_by_user_id), 
	CONSTRAINT fk_care_reserve_receipt_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_care_reserve_receipt_key UNIQUE (key), 
	CONSTRAINT uq_care_reserve_receipt_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_care_reserve_receipt_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_care_reserve_receipt_noted_by_user_id_user_account FOREIGN KEY(noted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_reserve_receipt_noted_by_person_id_person FOREIGN KEY(noted_by_person_id) REFERENCES person (id), 
	CONSTRAINT uq_care_reserve_receipt_reversal_entry_id UNIQUE (reversal_entry_id), 
	CONSTRAINT fk_care_reserve_receipt_reversal_entry_id_ledger_entry FOREIGN KEY(reversal_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_care_reserve_receipt_undone_by_user_id_user_account FOREIGN KEY(undone_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_reserve_receipt_community_id ON care_reserve_receipt (community_id)
-- next
CREATE UNIQUE INDEX uq_care_reserve_receipt_document ON care_reserve_receipt (community_id, document) WHERE reversal_entry_id IS NULL
-- next
CREATE FUNCTION care_reserve_receipt_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.reversal_entry_id IS NOT NULL OR NEW.community_id <> OLD.community_id OR NEW.key <> OLD.key OR NEW.received_on <> OLD.received_on OR NEW.amount_fen <> OLD.amount_fen OR NEW.source <> OLD.source OR NEW.document <> OLD.document OR NEW.entry_id <> OLD.entry_id OR NEW.noted_by <> OLD.noted_by OR NEW.noted_at <> OLD.noted_at THEN RAISE EXCEPTION 'care_reserve_receipt_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_reserve_receipt_kept BEFORE UPDATE ON care_reserve_receipt FOR EACH ROW EXECUTE FUNCTION care_reserve_receipt_kept()
-- next
CREATE FUNCTION care_reserve_receipt_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'care_reserve_receipt_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_reserve_receipt_stays BEFORE DELETE ON care_reserve_receipt FOR EACH ROW EXECUTE FUNCTION care_reserve_receipt_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_reserve_receipt_stays_no_truncate BEFORE TRUNCATE ON care_reserve_receipt FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE care_settlement (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	provider_name VARCHAR(80) NOT NULL, 
	month_on DATE NOT NULL, 
	month_no BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	line_count BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	drafted_by_user_id BIGINT, 
	drafted_by_person_id BIGINT, 
	drafted_by VARCHAR(80) NOT NULL, 
	drafted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	approved_by_user_id BIGINT, 
	approved_by VARCHAR(80) NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	entry_id UUID, 
	paid_on DATE, 
	paid_document VARCHAR(80) NOT NULL, 
	paid_by_user_id BIGINT, 
	paid_by VARCHAR(80) NOT NULL, 
	payment_entry_id UUID, 
	CONSTRAINT pk_care_settlement PRIMARY KEY (id), 
	CONSTRAINT uq_care_settlement_centre_id_month_no UNIQUE (centre_id, month_no), 
	CONSTRAINT ck_care_settlement_state_known CHECK (state IN ('drafted', 'approved', 'paid')), 
	CONSTRAINT ck_care_settlement_lines_not_negative CHECK (line_count >= 0), 
	CONSTRAINT ck_care_settlement_approved_by_somebody CHECK ((state = 'drafted') = (approved_at IS NULL) AND (state = 'drafted') = (approved_by_user_id IS NULL)), 
	CONSTRAINT ck_care_settlement_approved_by_another CHECK (approved_by_user_id IS NULL OR approved_by_user_id <> drafted_by_user_id), 
	CONSTRAINT ck_care_settlement_booked CHECK ((entry_id IS NOT NULL) = (state <> 'drafted' AND amount_fen <> 0)), 
	CONSTRAINT ck_care_settlement_paid_by_document CHECK ((state = 'paid') = (paid_on IS NOT NULL) AND (state = 'paid') = (payment_entry_id IS NOT NULL) AND (state <> 'paid' OR paid_document <> '')), 
	CONSTRAINT fk_care_settlement_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_settlement_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_settlement_drafted_by_user_id_user_account FOREIGN KEY(drafted_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_settlement_drafted_by_person_id_person FOREIGN KEY(drafted_by_person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_settlement_approved_by_user_id_user_account FOREIGN KEY(approved_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_care_settlement_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_care_settlement_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_care_settlement_paid_by_user_id_user_account FOREIGN KEY(paid_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_care_settlement_payment_entry_id UNIQUE (payment_entry_id), 
	CONSTRAINT fk_care_settlement_payment_entry_id_ledger_entry FOREIGN KEY(payment_entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_care_settlement_community_id ON care_settlement (community_id)
-- next
CREATE FUNCTION care_settlement_drafted_first() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'drafted' OR (EXISTS (SELECT 1 FROM care_settlement s WHERE s.centre_id = NEW.centre_id) AND NOT EXISTS (SELECT 1 FROM care_settlement s WHERE s.centre_id = NEW.centre_id AND s.month_no = NEW.month_no - 1 AND s.state <> 'drafted')) THEN RAISE EXCEPTION 'care_settlement_drafted_first' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_drafted_first BEFORE INSERT ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_drafted_first()
-- next
CREATE FUNCTION care_settlement_steps() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (OLD.state, NEW.state) NOT IN (VALUES ('drafted', 'drafted'), ('drafted', 'approved'), ('approved', 'paid')) THEN RAISE EXCEPTION 'care_settlement_steps' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_steps BEFORE UPDATE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_steps()
-- next
CREATE FUNCTION care_settlement_fixed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (NEW.community_id IS DISTINCT FROM OLD.community_id OR NEW.centre_id IS DISTINCT FROM OLD.centre_id OR NEW.provider_name IS DISTINCT FROM OLD.provider_name OR NEW.month_on IS DISTINCT FROM OLD.month_on OR NEW.month_no IS DISTINCT FROM OLD.month_no OR NEW.drafted_by IS DISTINCT FROM OLD.drafted_by OR NEW.drafted_at IS DISTINCT FROM OLD.drafted_at) THEN RAISE EXCEPTION 'care_settlement_fixed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_fixed BEFORE UPDATE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_fixed()
-- next
CREATE FUNCTION care_settlement_approved() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state <> 'drafted' AND (NEW.line_count IS DISTINCT FROM OLD.line_count OR NEW.minutes IS DISTINCT FROM OLD.minutes OR NEW.amount_fen IS DISTINCT FROM OLD.amount_fen OR NEW.approved_by IS DISTINCT FROM OLD.approved_by OR NEW.approved_at IS DISTINCT FROM OLD.approved_at OR NEW.approved_by_user_id IS DISTINCT FROM OLD.approved_by_user_id OR NEW.entry_id IS DISTINCT FROM OLD.entry_id OR NEW.drafted_by_user_id IS DISTINCT FROM OLD.drafted_by_user_id OR NEW.drafted_by_person_id IS DISTINCT FROM OLD.drafted_by_person_id) THEN RAISE EXCEPTION 'care_settlement_approved' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_approved BEFORE UPDATE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_approved()
-- next
CREATE FUNCTION care_settlement_sums() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state = 'approved' AND OLD.state = 'drafted' AND (NEW.line_count <> (SELECT COUNT(*) FROM care_settlement_line l WHERE l.settlement_id = NEW.id) OR NEW.minutes <> (SELECT COALESCE(SUM(l.minutes), 0) FROM care_settlement_line l WHERE l.settlement_id = NEW.id) OR NEW.amount_fen <> (SELECT COALESCE(SUM(l.amount_fen), 0) FROM care_settlement_line l WHERE l.settlement_id = NEW.id AND NOT EXISTS (SELECT 1 FROM care_settlement_dispute d WHERE d.line_id = l.id AND d.outcome = 'struck'))) THEN RAISE EXCEPTION 'care_settlement_sums' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_sums BEFORE UPDATE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_sums()
-- next
CREATE FUNCTION care_settlement_disputed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state = 'approved' AND OLD.state = 'drafted' AND EXISTS (SELECT 1 FROM care_settlement_dispute d WHERE d.settlement_id = NEW.id AND d.outcome IS NULL) THEN RAISE EXCEPTION 'care_settlement_disputed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_disputed BEFORE UPDATE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_disputed()
-- next
CREATE FUNCTION care_settlement_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'care_settlement_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_settlement_stays BEFORE DELETE ON care_settlement FOR EACH ROW EXECUTE FUNCTION care_settlement_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_settlement_stays_no_truncate BEFORE TRUNCATE ON care_settlement FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE clearing_move (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	low_owes_minutes BIGINT NOT NULL, 
	position_after BIGINT NOT NULL, 
	moved_on DATE NOT NULL, 
	moved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	low_entry_id UUID NOT NULL, 
	high_entry_id UUID NOT NULL, 
	CONSTRAINT pk_clearing_move PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_move_pair_id_number UNIQUE (pair_id, number), 
	CONSTRAINT ck_clearing_move_kind_known CHECK (kind IN ('transfer', 'reversal', 'settlement')), 
	CONSTRAINT ck_clearing_move_moves_something CHECK (low_owes_minutes BETWEEN -6000000 AND 6000000 AND low_owes_minutes <> 0), 
	CONSTRAINT ck_clearing_move_two_books CHECK (low_entry_id <> high_entry_id), 
	CONSTRAINT fk_clearing_move_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_move_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id), 
	CONSTRAINT uq_clearing_move_low_entry_id UNIQUE (low_entry_id), 
	CONSTRAINT fk_clearing_move_low_entry_id_ledger_entry FOREIGN KEY(low_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_clearing_move_high_entry_id UNIQUE (high_entry_id), 
	CONSTRAINT fk_clearing_move_high_entry_id_ledger_entry FOREIGN KEY(high_entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_clearing_move_community_id ON clearing_move (community_id)
-- next
CREATE INDEX ix_clearing_move_pair_id_moved_on ON clearing_move (pair_id, moved_on)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER clearing_move_no_change BEFORE UPDATE OR DELETE ON clearing_move
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER clearing_move_no_truncate BEFORE TRUNCATE ON clearing_move
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION clearing_move_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM clearing_pair p JOIN ledger_entry lo ON lo.id = NEW.low_entry_id JOIN ledger_entry hi ON hi.id = NEW.high_entry_id WHERE p.id = NEW.pair_id AND p.community_id = NEW.community_id AND lo.community_id = p.community_id AND hi.community_id = p.high_id AND lo.asset = 'MIN' AND hi.asset = 'MIN' AND lo.effective_on = NEW.moved_on AND hi.effective_on = NEW.moved_on)) THEN
    RAISE EXCEPTION 'clearing_move_entries' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.number < 1 OR (NEW.number > 1 AND (SELECT m.number FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.number = NEW.number - 1) IS NULL)) THEN
    RAISE EXCEPTION 'clearing_move_number' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.position_after <> COALESCE((SELECT m.position_after FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.number = NEW.number - 1), 0) + NEW.low_owes_minutes) THEN
    RAISE EXCEPTION 'clearing_move_position' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.moved_on < (SELECT m.moved_on FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.number = NEW.number - 1)) THEN
    RAISE EXCEPTION 'clearing_move_order' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.pair_id = NEW.pair_id AND s.month >= date_trunc('month', NEW.moved_on)::date)) THEN
    RAISE EXCEPTION 'clearing_move_closed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.kind = 'transfer' AND EXISTS (SELECT 1 FROM clearing_freeze f WHERE f.pair_id = NEW.pair_id AND f.lifted_at IS NULL)) THEN
    RAISE EXCEPTION 'clearing_move_frozen' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.kind = 'transfer' AND COALESCE((SELECT 1 FROM clearing_terms t WHERE t.pair_id = NEW.pair_id AND t.in_force_on <= NEW.moved_on ORDER BY t.version DESC LIMIT 1), -1) < 0) THEN
    RAISE EXCEPTION 'clearing_move_unagreed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.kind = 'transfer' AND ((NEW.low_owes_minutes > 0 AND NEW.position_after > COALESCE((SELECT t.low_limit_minutes FROM clearing_terms t WHERE t.pair_id = NEW.pair_id AND t.in_force_on <= NEW.moved_on ORDER BY t.version DESC LIMIT 1), -1)) OR (NEW.low_owes_minutes < 0 AND -NEW.position_after > COALESCE((SELECT t.high_limit_minutes FROM clearing_terms t WHERE t.pair_id = NEW.pair_id AND t.in_force_on <= NEW.moved_on ORDER BY t.version DESC LIMIT 1), -1)))) THEN
    RAISE EXCEPTION 'clearing_move_limit' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.kind = 'settlement' AND (abs(NEW.position_after) >= abs(COALESCE((SELECT m.position_after FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.number = NEW.number - 1), 0)) OR NEW.position_after * COALESCE((SELECT m.position_after FROM clearing_move m WHERE m.pair_id = NEW.pair_id AND m.number = NEW.number - 1), 0) < 0)) THEN
    RAISE EXCEPTION 'clearing_move_settles' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_move_guard BEFORE INSERT OR UPDATE ON clearing_move FOR EACH ROW EXECUTE FUNCTION clearing_move_guard()
-- next
CREATE TABLE contribution (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	received_on DATE NOT NULL, 
	payer_name VARCHAR(80) NOT NULL, 
	method VARCHAR(16) NOT NULL, 
	reference VARCHAR(80) NOT NULL, 
	entry_id UUID NOT NULL, 
	receivable_id BIGINT, 
	match_id BIGINT, 
	is_from_credit BOOLEAN NOT NULL, 
	received_by BIGINT, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	undone_entry_id UUID, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_by BIGINT, 
	undone_reason TEXT NOT NULL, 
	CONSTRAINT pk_contribution PRIMARY KEY (id), 
	CONSTRAINT ck_contribution_of_residents CHECK (receivable_id IS NULL OR party = 'residents'), 
	CONSTRAINT ck_contribution_credit CHECK (NOT is_from_credit OR receivable_id IS NOT NULL), 
	CONSTRAINT ck_contribution_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_contribution_method CHECK (method IN ('bank', 'cash', 'transfer')), 
	CONSTRAINT ck_contribution_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_contribution_undone CHECK ((undone_entry_id IS NULL AND undone_at IS NULL) OR (undone_entry_id IS NOT NULL AND undone_at IS NOT NULL AND undone_reason <> '')), 
	CONSTRAINT fk_contribution_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_contribution_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_contribution_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_contribution_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_contribution_receivable_id_cofund_receivable FOREIGN KEY(receivable_id) REFERENCES cofund_receivable (id), 
	CONSTRAINT fk_contribution_match_id_cofund_match FOREIGN KEY(match_id) REFERENCES cofund_match (id), 
	CONSTRAINT fk_contribution_received_by_user_account FOREIGN KEY(received_by) REFERENCES user_account (id), 
	CONSTRAINT uq_contribution_undone_entry_id UNIQUE (undone_entry_id), 
	CONSTRAINT fk_contribution_undone_entry_id_ledger_entry FOREIGN KEY(undone_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_contribution_undone_by_user_account FOREIGN KEY(undone_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_contribution_match_id ON contribution (match_id)
-- next
CREATE INDEX ix_contribution_project_id_party ON contribution (project_id, party)
-- next
CREATE INDEX ix_contribution_receivable_id ON contribution (receivable_id)
-- next
CREATE OR REPLACE FUNCTION contribution_within_share() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount_fen + (SELECT coalesce(sum(c.amount_fen), 0) FROM contribution c WHERE c.project_id = NEW.project_id AND c.party = NEW.party AND c.undone_entry_id IS NULL) > coalesce((SELECT s.amount_fen FROM project p JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed JOIN agreement_share s ON s.agreement_id = a.id WHERE p.id = NEW.project_id AND s.party = NEW.party), 0) THEN RAISE EXCEPTION 'contribution_within_share' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER contribution_within_share BEFORE INSERT ON contribution FOR EACH ROW EXECUTE FUNCTION contribution_within_share()
-- next
CREATE OR REPLACE FUNCTION contribution_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.undone_entry_id IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen OR NEW.party <> OLD.party OR NEW.project_id <> OLD.project_id OR NEW.entry_id <> OLD.entry_id OR NEW.received_on <> OLD.received_on OR NEW.is_from_credit <> OLD.is_from_credit THEN RAISE EXCEPTION 'contribution_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER contribution_keeps BEFORE UPDATE ON contribution FOR EACH ROW EXECUTE FUNCTION contribution_keeps()
-- next
CREATE OR REPLACE FUNCTION contribution_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'contribution_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER contribution_stays BEFORE DELETE ON contribution FOR EACH ROW EXECUTE FUNCTION contribution_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER contribution_stays_no_truncate BEFORE TRUNCATE ON contribution FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE spending_request (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	cost_line_id BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	payee VARCHAR(80) NOT NULL, 
	purpose VARCHAR(200) NOT NULL, 
	document_file_id BIGINT NOT NULL, 
	contract_file_id BIGINT, 
	payee_account VARCHAR(60) NOT NULL, 
	withheld_fen BIGINT NOT NULL, 
	second_from_fen BIGINT NOT NULL, 
	needs_second BOOLEAN NOT NULL, 
	payee_changed_at TIMESTAMP WITH TIME ZONE, 
	payee_changed_by BIGINT, 
	payee_wait_until TIMESTAMP WITH TIME ZONE, 
	payee_note TEXT NOT NULL, 
	endorsed_by BIGINT, 
	endorsed_name VARCHAR(80) NOT NULL, 
	endorsed_at TIMESTAMP WITH TIME ZONE, 
	state VARCHAR(16) NOT NULL, 
	requested_by BIGINT NOT NULL, 
	requested_name VARCHAR(80) NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	approved_by BIGINT, 
	approved_name VARCHAR(80) NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	hold_id UUID, 
	paid_by BIGINT, 
	paid_on DATE, 
	entry_id UUID, 
	ended_by BIGINT, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	end_reason TEXT NOT NULL, 
	CONSTRAINT pk_spending_request PRIMARY KEY (id), 
	CONSTRAINT ck_spending_request_state CHECK (state IN ('requested', 'endorsed', 'approved', 'paid', 'refused', 'withdrawn')), 
	CONSTRAINT ck_spending_request_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_spending_request_two_persons CHECK (approved_by IS NULL OR approved_by <> requested_by), 
	CONSTRAINT ck_spending_request_three_persons CHECK (endorsed_by IS NULL OR (endorsed_by <> requested_by AND (approved_by IS NULL OR endorsed_by <> approved_by))), 
	CONSTRAINT ck_spending_request_second_known CHECK (needs_second = (amount_fen >= second_from_fen)), 
	CONSTRAINT ck_spending_request_second_approval CHECK (NOT needs_second OR state NOT IN ('approved', 'paid') OR endorsed_by IS NOT NULL), 
	CONSTRAINT ck_spending_request_withheld CHECK (withheld_fen >= 0 AND withheld_fen * 1000 <= amount_fen * 30), 
	CONSTRAINT ck_spending_request_payee_change CHECK ((payee_changed_at IS NULL) = (payee_wait_until IS NULL) AND (payee_changed_at IS NULL OR (payee_note <> '' AND payee_changed_by IS NOT NULL))), 
	CONSTRAINT ck_spending_request_payee_two_persons CHECK (payee_changed_by IS NULL OR ((approved_by IS NULL OR approved_by <> payee_changed_by) AND (endorsed_by IS NULL OR endorsed_by <> payee_changed_by))), 
	CONSTRAINT ck_spending_request_payee_waited CHECK (state <> 'paid' OR payee_wait_until IS NULL OR ended_at >= payee_wait_until), 
	CONSTRAINT ck_spending_request_approved CHECK (state NOT IN ('approved', 'paid') OR (approved_by IS NOT NULL AND hold_id IS NOT NULL)), 
	CONSTRAINT ck_spending_request_paid CHECK ((state = 'paid') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_spending_request_refused CHECK (state <> 'refused' OR end_reason <> ''), 
	CONSTRAINT fk_spending_request_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_spending_request_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_spending_request_cost_line_id_project_cost_line FOREIGN KEY(cost_line_id) REFERENCES project_cost_line (id), 
	CONSTRAINT fk_spending_request_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_spending_request_contract_file_id_stored_file FOREIGN KEY(contract_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_spending_request_payee_changed_by_user_account FOREIGN KEY(payee_changed_by) REFERENCES user_account (id), 
	CONSTRAINT fk_spending_request_endorsed_by_user_account FOREIGN KEY(endorsed_by) REFERENCES user_account (id), 
	CONSTRAINT fk_spending_request_requested_by_user_account FOREIGN KEY(requested_by) REFERENCES user_account (id), 
	CONSTRAINT fk_spending_request_approved_by_user_account FOREIGN KEY(approved_by) REFERENCES user_account (id), 
	CONSTRAINT uq_spending_request_hold_id UNIQUE (hold_id), 
	CONSTRAINT fk_spending_request_paid_by_user_account FOREIGN KEY(paid_by) REFERENCES user_account (id), 
	CONSTRAINT uq_spending_request_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_spending_request_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_spending_request_ended_by_user_account FOREIGN KEY(ended_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_spending_request_community_id_state ON spending_request (community_id, state)
-- next
CREATE INDEX ix_spending_request_project_id ON spending_request (project_id)
-- next
CREATE OR REPLACE FUNCTION spending_before_acceptance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state = 'approved' AND OLD.state <> 'approved' AND EXISTS (SELECT 1 FROM project p JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version WHERE p.id = NEW.project_id AND p.accepted_on IS NULL AND (NEW.amount_fen + (SELECT coalesce(sum(r.amount_fen), 0) FROM spending_request r WHERE r.id <> NEW.id AND r.project_id = NEW.project_id AND r.state IN ('approved', 'paid'))) * 1000 > a.total_fen * p.before_acceptance_permille) THEN RAISE EXCEPTION 'spending_before_acceptance' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER spending_before_acceptance BEFORE UPDATE ON spending_request FOR EACH ROW EXECUTE FUNCTION spending_before_acceptance()
-- next
CREATE OR REPLACE FUNCTION spending_payee_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (NEW.payee <> OLD.payee OR NEW.payee_account <> OLD.payee_account) AND (NEW.state <> 'requested' OR NEW.payee_changed_at IS NULL OR NEW.payee_changed_at = coalesce(OLD.payee_changed_at, '1970-01-01')) THEN RAISE EXCEPTION 'spending_payee_change' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER spending_payee_change BEFORE UPDATE ON spending_request FOR EACH ROW EXECUTE FUNCTION spending_payee_change()
-- next
CREATE OR REPLACE FUNCTION spending_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.amount_fen <> OLD.amount_fen OR NEW.withheld_fen <> OLD.withheld_fen OR NEW.project_id <> OLD.project_id OR NEW.second_from_fen <> OLD.second_from_fen OR OLD.state IN ('refused', 'withdrawn') OR (OLD.state = 'paid' AND NOT (NEW.state = 'approved' AND EXISTS (SELECT 1 FROM ledger_entry e WHERE e.reverses_id = OLD.entry_id))) THEN RAISE EXCEPTION 'spending_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER spending_keeps BEFORE UPDATE ON spending_request FOR EACH ROW EXECUTE FUNCTION spending_keeps()
-- next
CREATE TABLE project_refund (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_project_refund PRIMARY KEY (id), 
	CONSTRAINT uq_project_refund_entry_id_party UNIQUE (entry_id, party), 
	CONSTRAINT ck_project_refund_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_project_refund_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT fk_project_refund_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_refund_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_project_refund_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_project_refund_project_id ON project_refund (project_id)
-- next
CREATE TABLE cofund_retention_move (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	payee VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	is_early BOOLEAN NOT NULL, 
	early_reason TEXT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	asked_by BIGINT NOT NULL, 
	asked_name VARCHAR(80) NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_by BIGINT, 
	decided_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	moved_on DATE, 
	entry_id UUID, 
	CONSTRAINT pk_cofund_retention_move PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_retention_move_kind CHECK (kind IN ('release', 'deduct')), 
	CONSTRAINT ck_cofund_retention_move_state CHECK (state IN ('asked', 'done', 'refused')), 
	CONSTRAINT ck_cofund_retention_move_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_retention_move_two_persons CHECK (decided_by IS NULL OR decided_by <> asked_by), 
	CONSTRAINT ck_cofund_retention_move_reason CHECK (kind <> 'deduct' OR reason <> ''), 
	CONSTRAINT ck_cofund_retention_move_early CHECK (is_early = (kind = 'release' AND early_reason <> '')), 
	CONSTRAINT ck_cofund_retention_move_done CHECK ((state = 'done') = (entry_id IS NOT NULL) AND (state <> 'done' OR decided_by IS NOT NULL)), 
	CONSTRAINT ck_cofund_retention_move_decided CHECK ((state = 'asked') = (decided_at IS NULL)), 
	CONSTRAINT fk_cofund_retention_move_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_retention_move_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_retention_move_asked_by_user_account FOREIGN KEY(asked_by) REFERENCES user_account (id), 
	CONSTRAINT fk_cofund_retention_move_decided_by_user_account FOREIGN KEY(decided_by) REFERENCES user_account (id), 
	CONSTRAINT uq_cofund_retention_move_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_cofund_retention_move_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_cofund_retention_move_community_id_state ON cofund_retention_move (community_id, state)
-- next
CREATE INDEX ix_cofund_retention_move_project_id ON cofund_retention_move (project_id)
-- next
CREATE OR REPLACE FUNCTION retention_move_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.state <> 'asked' OR NEW.amount_fen <> OLD.amount_fen OR NEW.kind <> OLD.kind OR NEW.project_id <> OLD.project_id OR NEW.asked_by <> OLD.asked_by OR (NEW.state = 'done' AND NEW.kind = 'release' AND NOT NEW.is_early AND NEW.moved_on <= (SELECT p.defects_until FROM project p WHERE p.id = NEW.project_id)) THEN RAISE EXCEPTION 'retention_move_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER retention_move_keeps BEFORE UPDATE ON cofund_retention_move FOR EACH ROW EXECUTE FUNCTION retention_move_keeps()
-- next
CREATE OR REPLACE FUNCTION retention_move_in_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.kind = 'release' AND NOT NEW.is_early AND NOT EXISTS (SELECT 1 FROM project p WHERE p.id = NEW.project_id AND p.defects_until IS NOT NULL) THEN RAISE EXCEPTION 'retention_move_in_time' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER retention_move_in_time BEFORE INSERT ON cofund_retention_move FOR EACH ROW EXECUTE FUNCTION retention_move_in_time()
-- next
CREATE OR REPLACE FUNCTION retention_move_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'retention_move_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER retention_move_stays BEFORE DELETE ON cofund_retention_move FOR EACH ROW EXECUTE FUNCTION retention_move_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER retention_move_stays_no_truncate BEFORE TRUNCATE ON cofund_retention_move FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE cofund_income (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	source_id BIGINT NOT NULL, 
	received_on DATE NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	owners_fen BIGINT NOT NULL, 
	other_fen BIGINT NOT NULL, 
	reference VARCHAR(80) NOT NULL, 
	owners_entry_id UUID, 
	other_entry_id UUID, 
	booked_by BIGINT, 
	booked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_cofund_income PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_income_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_cofund_income_split_exactly CHECK (owners_fen >= 0 AND other_fen >= 0 AND owners_fen + other_fen = amount_fen), 
	CONSTRAINT ck_cofund_income_owners_booked CHECK ((owners_fen > 0) = (owners_entry_id IS NOT NULL)), 
	CONSTRAINT ck_cofund_income_other_booked CHECK ((other_fen > 0) = (other_entry_id IS NOT NULL)), 
	CONSTRAINT fk_cofund_income_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_income_source_id_cofund_income_source FOREIGN KEY(source_id) REFERENCES cofund_income_source (id), 
	CONSTRAINT uq_cofund_income_owners_entry_id UNIQUE (owners_entry_id), 
	CONSTRAINT fk_cofund_income_owners_entry_id_ledger_entry FOREIGN KEY(owners_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_cofund_income_other_entry_id UNIQUE (other_entry_id), 
	CONSTRAINT fk_cofund_income_other_entry_id_ledger_entry FOREIGN KEY(other_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_cofund_income_booked_by_user_account FOREIGN KEY(booked_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_cofund_income_source_id ON cofund_income (source_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER cofund_income_no_change BEFORE UPDATE OR DELETE ON cofund_income
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER cofund_income_no_truncate BEFORE TRUNCATE ON cofund_income
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE ledger_voucher (
	entry_id UUID NOT NULL, 
	book_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_voucher PRIMARY KEY (entry_id), 
	CONSTRAINT uq_ledger_voucher_book_id_month_number UNIQUE (book_id, month, number), 
	CONSTRAINT ck_ledger_voucher_number CHECK (number >= 1), 
	CONSTRAINT fk_ledger_voucher_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_voucher_book_id_ledger_book FOREIGN KEY(book_id) REFERENCES ledger_book (id)
)
-- next
CREATE TABLE hours_expiry (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	due_on DATE NOT NULL, 
	expired_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_hours_expiry PRIMARY KEY (id), 
	CONSTRAINT uq_hours_expiry_person_id_due_on_expired_on UNIQUE (person_id, due_on, expired_on), 
	CONSTRAINT ck_hours_expiry_ends_something CHECK (minutes > 0), 
	CONSTRAINT ck_hours_expiry_not_before_due CHECK (expired_on >= due_on), 
	CONSTRAINT fk_hours_expiry_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_hours_expiry_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_hours_expiry_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_hours_expiry_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_hours_expiry_community_id ON hours_expiry (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER hours_expiry_no_change BEFORE UPDATE OR DELETE ON hours_expiry
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER hours_expiry_no_truncate BEFORE TRUNCATE ON hours_expiry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION hours_expiry_unwarned() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM expiry_notice n WHERE n.person_id = NEW.person_id AND n.due_on = NEW.due_on AND n.days = 90) OR NOT EXISTS (SELECT 1 FROM expiry_notice n WHERE n.person_id = NEW.person_id AND n.due_on = NEW.due_on AND n.days = 30 AND n.given_on <= NEW.expired_on - 30) THEN RAISE EXCEPTION 'hours_expiry_unwarned' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER hours_expiry_unwarned BEFORE INSERT ON hours_expiry FOR EACH ROW EXECUTE FUNCTION hours_expiry_unwarned()
-- next
CREATE TABLE ending_entry (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	merge_id BIGINT, 
	leaving_id BIGINT, 
	part VARCHAR(8) NOT NULL, 
	moved_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	debit_code VARCHAR(60) NOT NULL, 
	credit_code VARCHAR(60) NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_ending_entry PRIMARY KEY (id), 
	CONSTRAINT ck_ending_entry_of_one CHECK ((merge_id IS NULL) <> (leaving_id IS NULL)), 
	CONSTRAINT ck_ending_entry_part_known CHECK (part IN ('own', 'donation', 'debt')), 
	CONSTRAINT ck_ending_entry_moves_something CHECK (minutes > 0), 
	CONSTRAINT fk_ending_entry_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ending_entry_merge_id_account_merge FOREIGN KEY(merge_id) REFERENCES account_merge (id), 
	CONSTRAINT fk_ending_entry_leaving_id_account_leaving FOREIGN KEY(leaving_id) REFERENCES account_leaving (id), 
	CONSTRAINT uq_ending_entry_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_ending_entry_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_ending_entry_community_id_moved_on ON ending_entry (community_id, moved_on)
-- next
CREATE INDEX ix_ending_entry_leaving_id ON ending_entry (leaving_id)
-- next
CREATE INDEX ix_ending_entry_merge_id ON ending_entry (merge_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER ending_entry_no_change BEFORE UPDATE OR DELETE ON ending_entry
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER ending_entry_no_truncate BEFORE TRUNCATE ON ending_entry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE pool_gift (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pool_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	entry_id UUID NOT NULL, 
	CONSTRAINT pk_pool_gift PRIMARY KEY (id), 
	CONSTRAINT ck_pool_gift_minutes_in_range CHECK (minutes BETWEEN 1 AND 60000), 
	CONSTRAINT ck_pool_gift_source_known CHECK (source IN ('own', 'donation')), 
	CONSTRAINT fk_pool_gift_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_pool_gift_pool_id_hours_pool FOREIGN KEY(pool_id) REFERENCES hours_pool (id), 
	CONSTRAINT fk_pool_gift_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_pool_gift_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_pool_gift_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_pool_gift_community_id ON pool_gift (community_id)
-- next
CREATE INDEX ix_pool_gift_person_id_pool_id ON pool_gift (person_id, pool_id)
-- next
CREATE INDEX ix_pool_gift_pool_id ON pool_gift (pool_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER pool_gift_no_change BEFORE UPDATE OR DELETE ON pool_gift
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER pool_gift_no_truncate BEFORE TRUNCATE ON pool_gift
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE pool_grant (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pool_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	need VARCHAR(12) NOT NULL, 
	case_id BIGINT, 
	reason TEXT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	hold_id UUID NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	requested_by_user_id BIGINT, 
	requested_by_id BIGINT, 
	requested_by_name VARCHAR(80) NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_on DATE, 
	decided_by_user_id BIGINT, 
	decided_by_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	decision_reason TEXT NOT NULL, 
	entry_id UUID, 
	CONSTRAINT pk_pool_grant PRIMARY KEY (id), 
	CONSTRAINT ck_pool_grant_state_known CHECK (state IN ('requested', 'granted', 'refused', 'withdrawn')), 
	CONSTRAINT ck_pool_grant_need_known CHECK (need IN ('meal', 'bath', 'cleaning', 'emergency', 'medical', 'company', 'other')), 
	CONSTRAINT ck_pool_grant_minutes_in_range CHECK (minutes BETWEEN 1 AND 60000), 
	CONSTRAINT ck_pool_grant_has_ground CHECK (case_id IS NOT NULL OR reason <> ''), 
	CONSTRAINT ck_pool_grant_granted_means_posted CHECK ((state = 'granted') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_pool_grant_decided_at_a_moment CHECK ((state = 'requested') = (decided_at IS NULL)), 
	CONSTRAINT ck_pool_grant_granted_by_two CHECK (state <> 'granted' OR (decided_by_user_id IS NOT NULL AND requested_by_user_id IS NOT NULL)), 
	CONSTRAINT ck_pool_grant_granter_not_requester CHECK (state <> 'granted' OR (decided_by_user_id <> requested_by_user_id)), 
	CONSTRAINT ck_pool_grant_granter_another_person CHECK (state <> 'granted' OR decided_by_id IS NULL OR requested_by_id IS NULL OR decided_by_id <> requested_by_id), 
	CONSTRAINT ck_pool_grant_requester_not_recipient CHECK (requested_by_id <> person_id), 
	CONSTRAINT ck_pool_grant_granter_not_recipient CHECK (decided_by_id <> person_id), 
	CONSTRAINT fk_pool_grant_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_pool_grant_pool_id_hours_pool FOREIGN KEY(pool_id) REFERENCES hours_pool (id), 
	CONSTRAINT fk_pool_grant_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_pool_grant_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT uq_pool_grant_hold_id UNIQUE (hold_id), 
	CONSTRAINT fk_pool_grant_requested_by_user_id_user_account FOREIGN KEY(requested_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_pool_grant_requested_by_id_person FOREIGN KEY(requested_by_id) REFERENCES person (id), 
	CONSTRAINT fk_pool_grant_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_pool_grant_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT uq_pool_grant_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_pool_grant_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_pool_grant_case_id ON pool_grant (case_id)
-- next
CREATE INDEX ix_pool_grant_person_id ON pool_grant (person_id)
-- next
CREATE INDEX ix_pool_grant_pool_id_state_id ON pool_grant (pool_id, state, id)
-- next
CREATE INDEX ix_pool_grant_queue ON pool_grant (community_id, state, id)
-- next
CREATE FUNCTION pool_grant_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state <> 'requested' THEN RAISE EXCEPTION 'pool_grant_decided' USING ERRCODE = 'check_violation'; END IF;
  IF COALESCE(CAST(NEW.community_id AS text), '') <> COALESCE(CAST(OLD.community_id AS text), '') OR COALESCE(CAST(NEW.pool_id AS text), '') <> COALESCE(CAST(OLD.pool_id AS text), '') OR COALESCE(CAST(NEW.person_id AS text), '') <> COALESCE(CAST(OLD.person_id AS text), '') OR COALESCE(CAST(NEW.minutes AS text), '') <> COALESCE(CAST(OLD.minutes AS text), '') OR COALESCE(CAST(NEW.need AS text), '') <> COALESCE(CAST(OLD.need AS text), '') OR COALESCE(CAST(NEW.case_id AS text), '') <> COALESCE(CAST(OLD.case_id AS text), '') OR COALESCE(CAST(NEW.reason AS text), '') <> COALESCE(CAST(OLD.reason AS text), '') OR COALESCE(CAST(NEW.hold_id AS text), '') <> COALESCE(CAST(OLD.hold_id AS text), '') OR COALESCE(CAST(NEW.requested_at AS text), '') <> COALESCE(CAST(OLD.requested_at AS text), '') OR COALESCE(CAST(NEW.requested_by_user_id AS text), '') <> COALESCE(CAST(OLD.requested_by_user_id AS text), '') OR COALESCE(CAST(NEW.requested_by_id AS text), '') <> COALESCE(CAST(OLD.requested_by_id AS text), '') THEN RAISE EXCEPTION 'pool_grant_asked' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER pool_grant_guard BEFORE UPDATE ON pool_grant FOR EACH ROW EXECUTE FUNCTION pool_grant_guard()
-- next
CREATE FUNCTION pool_grant_begins() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.state <> 'requested' THEN RAISE EXCEPTION 'pool_grant_begins' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER pool_grant_begins BEFORE INSERT ON pool_grant FOR EACH ROW EXECUTE FUNCTION pool_grant_begins()
-- next
CREATE FUNCTION pool_grant_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF true THEN RAISE EXCEPTION 'pool_grant_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER pool_grant_kept BEFORE DELETE ON pool_grant FOR EACH ROW EXECUTE FUNCTION pool_grant_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER pool_grant_kept_no_truncate BEFORE TRUNCATE ON pool_grant FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE redemption_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	redemption_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	quantity BIGINT NOT NULL, 
	unit_minutes BIGINT NOT NULL, 
	queue_number BIGINT NOT NULL, 
	CONSTRAINT pk_redemption_line PRIMARY KEY (id), 
	CONSTRAINT uq_redemption_line_redemption_id_service_id UNIQUE (redemption_id, service_id), 
	CONSTRAINT ck_redemption_line_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_redemption_line_minutes_positive CHECK (unit_minutes > 0), 
	CONSTRAINT fk_redemption_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_redemption_line_redemption_id_redemption FOREIGN KEY(redemption_id) REFERENCES redemption (id), 
	CONSTRAINT fk_redemption_line_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_redemption_line_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id)
)
-- next
CREATE INDEX ix_redemption_line_community_id ON redemption_line (community_id)
-- next
CREATE INDEX ix_redemption_line_service_id ON redemption_line (service_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER redemption_line_no_change BEFORE UPDATE OR DELETE ON redemption_line
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER redemption_line_no_truncate BEFORE TRUNCATE ON redemption_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION redemption_line_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'redemption_line_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_line_benefits_off BEFORE INSERT ON redemption_line FOR EACH ROW EXECUTE FUNCTION redemption_line_benefits_off()
-- next
CREATE FUNCTION redemption_line_service_age() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s, person v WHERE s.id = NEW.service_id AND s.age_min IS NOT NULL AND v.id = (SELECT r.person_id FROM redemption r WHERE r.id = NEW.redemption_id AND r.booking_id IS NULL) AND COALESCE((to_char((SELECT r.slip_day FROM redemption r WHERE r.id = NEW.redemption_id), 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000, 0) < s.age_min) THEN RAISE EXCEPTION 'redemption_line_service_age' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_line_service_age BEFORE INSERT ON redemption_line FOR EACH ROW EXECUTE FUNCTION redemption_line_service_age()
-- next
CREATE FUNCTION redemption_line_service_day_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT (EXISTS (SELECT 1 FROM redemption r WHERE r.id = NEW.redemption_id AND r.booking_id IS NOT NULL)) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR (SELECT COALESCE(r.served_on, r.slip_day) FROM redemption r WHERE r.id = NEW.redemption_id) >= s.weekdays_from) AND ((s.weekdays >> (extract(isodow FROM (SELECT COALESCE(r.served_on, r.slip_day) FROM redemption r WHERE r.id = NEW.redemption_id))::int - 1)) & 1) = 0) THEN RAISE EXCEPTION 'redemption_line_service_day_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER redemption_line_service_day_insert BEFORE INSERT ON redemption_line FOR EACH ROW EXECUTE FUNCTION redemption_line_service_day_insert()
-- next
CREATE TABLE ledger_lot_use (
	id BIGSERIAL NOT NULL, 
	entry_id UUID NOT NULL, 
	lot_id BIGINT NOT NULL, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_lot_use PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_lot_use_entry_id_lot_id UNIQUE (entry_id, lot_id), 
	CONSTRAINT ck_ledger_lot_use_amount CHECK (amount <> 0)
)
-- next
CREATE INDEX ix_ledger_lot_use_lot_id ON ledger_lot_use (lot_id)
-- next
CREATE TABLE service_record_event (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	user_id BIGINT, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_service_record_event PRIMARY KEY (id), 
	CONSTRAINT ck_service_record_event_kind_known CHECK (kind IN ('recorded', 'corrected', 'confirmed', 'approved', 'rejected', 'withdrawn', 'unapproved', 'objected', 'answered', 'first_approved', 'appealed', 'appeal_granted', 'appeal_upheld', 'arbitration', 'arbiter_for', 'arbiter_against', 'right_lapsed', 'restored', 'exhibited')), 
	CONSTRAINT ck_service_record_event_state_known CHECK (state IN ('recorded', 'confirmed', 'approved', 'rejected', 'withdrawn', 'unapproved')), 
	CONSTRAINT fk_service_record_event_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_service_record_event_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_service_record_event_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_service_record_event_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_service_record_event_record ON service_record_event (record_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER service_record_event_no_change BEFORE UPDATE OR DELETE ON service_record_event
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER service_record_event_no_truncate BEFORE TRUNCATE ON service_record_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_voucher_use (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	voucher_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	redemption_id BIGINT NOT NULL, 
	used_on DATE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_voucher_use PRIMARY KEY (id), 
	CONSTRAINT uq_care_voucher_use_voucher_id_number UNIQUE (voucher_id, number), 
	CONSTRAINT ck_care_voucher_use_number_sensible CHECK (number >= 1), 
	CONSTRAINT fk_care_voucher_use_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_voucher_use_voucher_id_care_voucher FOREIGN KEY(voucher_id) REFERENCES care_voucher (id), 
	CONSTRAINT uq_care_voucher_use_redemption_id UNIQUE (redemption_id), 
	CONSTRAINT fk_care_voucher_use_redemption_id_redemption FOREIGN KEY(redemption_id) REFERENCES redemption (id)
)
-- next
CREATE INDEX ix_care_voucher_use_community_id ON care_voucher_use (community_id)
-- next
CREATE FUNCTION care_voucher_beyond() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.number > (SELECT v.uses + v.returned FROM care_voucher v WHERE v.id = NEW.voucher_id) OR NEW.used_on < (SELECT v.first_on FROM care_voucher v WHERE v.id = NEW.voucher_id) OR NEW.used_on > (SELECT v.last_on FROM care_voucher v WHERE v.id = NEW.voucher_id) THEN RAISE EXCEPTION 'care_voucher_beyond' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_voucher_beyond BEFORE INSERT ON care_voucher_use FOR EACH ROW EXECUTE FUNCTION care_voucher_beyond()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_voucher_use_no_change BEFORE UPDATE OR DELETE ON care_voucher_use
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_voucher_use_no_truncate BEFORE TRUNCATE ON care_voucher_use
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_home_visit (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	booking_id BIGINT NOT NULL, 
	person_id BIGINT NOT NULL, 
	need_id BIGINT, 
	record_id BIGINT, 
	start_proof VARCHAR(8), 
	started_at TIMESTAMP WITH TIME ZONE, 
	started_by VARCHAR(80) NOT NULL, 
	started_by_user_id BIGINT, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by VARCHAR(80) NOT NULL, 
	ended_by_user_id BIGINT, 
	done_units BIGINT, 
	CONSTRAINT pk_care_home_visit PRIMARY KEY (id), 
	CONSTRAINT ck_care_home_visit_ends_with_units CHECK ((ended_at IS NULL) = (done_units IS NULL)), 
	CONSTRAINT ck_care_home_visit_ends_after_start CHECK (ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at)), 
	CONSTRAINT ck_care_home_visit_units_sensible CHECK (done_units BETWEEN 1 AND 99), 
	CONSTRAINT ck_care_home_visit_proved_one_way CHECK (CASE WHEN need_id IS NULL THEN record_id IS NULL AND start_proof IS NOT NULL ELSE start_proof IS NULL AND (record_id IS NULL) = (ended_at IS NULL) END), 
	CONSTRAINT fk_care_home_visit_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_care_home_visit_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_care_home_visit_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id), 
	CONSTRAINT fk_care_home_visit_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_care_home_visit_need_id UNIQUE (need_id), 
	CONSTRAINT fk_care_home_visit_need_id_need FOREIGN KEY(need_id) REFERENCES need (id), 
	CONSTRAINT uq_care_home_visit_record_id UNIQUE (record_id), 
	CONSTRAINT fk_care_home_visit_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_care_home_visit_started_by_user_id_user_account FOREIGN KEY(started_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_home_visit_ended_by_user_id_user_account FOREIGN KEY(ended_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_home_visit_community_id_started_at ON care_home_visit (community_id, started_at)
-- next
CREATE INDEX ix_care_home_visit_person_id ON care_home_visit (person_id)
-- next
CREATE FUNCTION care_home_visit_over() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.done_units > (SELECT b.quantity FROM booking b WHERE b.id = NEW.booking_id) THEN RAISE EXCEPTION 'care_home_visit_over' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_home_visit_over BEFORE UPDATE ON care_home_visit FOR EACH ROW EXECUTE FUNCTION care_home_visit_over()
-- next
CREATE FUNCTION care_home_visit_fixed() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.ended_at IS NOT NULL OR NEW.booking_id <> OLD.booking_id OR (OLD.started_at IS NOT NULL AND NEW.started_at <> OLD.started_at) THEN RAISE EXCEPTION 'care_home_visit_fixed' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_home_visit_fixed BEFORE UPDATE ON care_home_visit FOR EACH ROW EXECUTE FUNCTION care_home_visit_fixed()
-- next
CREATE FUNCTION care_home_visit_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TRUE THEN RAISE EXCEPTION 'care_home_visit_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_home_visit_kept BEFORE DELETE ON care_home_visit FOR EACH ROW EXECUTE FUNCTION care_home_visit_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_home_visit_kept_no_truncate BEFORE TRUNCATE ON care_home_visit FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE presence (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	sign_up_id BIGINT NOT NULL, 
	task_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	started_how VARCHAR(8) NOT NULL, 
	started_recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_how VARCHAR(8), 
	ended_recorded_at TIMESTAMP WITH TIME ZONE, 
	is_offline BOOLEAN NOT NULL, 
	review_reason VARCHAR(16), 
	reviewed_at TIMESTAMP WITH TIME ZONE, 
	reviewed_by_user_id BIGINT, 
	record_id BIGINT, 
	CONSTRAINT pk_presence PRIMARY KEY (id), 
	CONSTRAINT ck_presence_started_how_known CHECK (started_how IN ('qr', 'code', 'staff', 'roster', 'planned')), 
	CONSTRAINT ck_presence_ended_how_known CHECK (ended_how IN ('qr', 'code', 'staff', 'roster', 'planned')), 
	CONSTRAINT ck_presence_review_reason_known CHECK (review_reason IN ('no_check_out', 'late_check_out', 'not_recorded')), 
	CONSTRAINT ck_presence_ends_somehow CHECK ((ended_at IS NULL) = (ended_how IS NULL)), 
	CONSTRAINT ck_presence_ends_after_start CHECK (ended_at >= started_at), 
	CONSTRAINT ck_presence_recorded_when_settled CHECK (record_id IS NULL OR (ended_at IS NOT NULL AND review_reason IS NULL)), 
	CONSTRAINT ck_presence_forgotten_is_reviewed CHECK (ended_how <> 'planned' OR review_reason IS NOT NULL OR reviewed_at IS NOT NULL), 
	CONSTRAINT ck_presence_reviewed_when_left CHECK (review_reason IS NULL OR ended_at IS NOT NULL), 
	CONSTRAINT fk_presence_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_presence_sign_up_id UNIQUE (sign_up_id), 
	CONSTRAINT fk_presence_sign_up_id_sign_up FOREIGN KEY(sign_up_id) REFERENCES sign_up (id), 
	CONSTRAINT fk_presence_task_id_task FOREIGN KEY(task_id) REFERENCES task (id), 
	CONSTRAINT fk_presence_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_presence_reviewed_by_user_id_user_account FOREIGN KEY(reviewed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_presence_record_id UNIQUE (record_id), 
	CONSTRAINT fk_presence_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id)
)
-- next
CREATE INDEX ix_presence_review ON presence (community_id, review_reason, id)
-- next
CREATE INDEX ix_presence_task ON presence (task_id)
-- next
CREATE UNIQUE INDEX uq_presence_open ON presence (volunteer_id) WHERE ended_at IS NULL
-- next
CREATE FUNCTION presence_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.sign_up_id::text IS DISTINCT FROM OLD.sign_up_id::text OR NEW.task_id::text IS DISTINCT FROM OLD.task_id::text OR NEW.volunteer_id::text IS DISTINCT FROM OLD.volunteer_id::text OR NEW.started_how::text IS DISTINCT FROM OLD.started_how::text OR NEW.is_offline::text IS DISTINCT FROM OLD.is_offline::text)) THEN
    RAISE EXCEPTION 'presence_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.started_at IS DISTINCT FROM OLD.started_at OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)) AND (SELECT count(*) FROM presence_correction c WHERE c.presence_id = NEW.id AND c.started_after = NEW.started_at AND c.ended_after = NEW.ended_at AND c.started_before = OLD.started_at AND c.ended_before = OLD.ended_at) = 0) THEN
    RAISE EXCEPTION 'presence_both_values' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.record_id IS NOT NULL AND (NEW.record_id::text IS DISTINCT FROM OLD.record_id::text OR NEW.started_at::text IS DISTINCT FROM OLD.started_at::text OR NEW.ended_at::text IS DISTINCT FROM OLD.ended_at::text OR NEW.ended_how::text IS DISTINCT FROM OLD.ended_how::text)) THEN
    RAISE EXCEPTION 'presence_recorded' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM sign_up s WHERE s.id = NEW.sign_up_id AND s.task_id = NEW.task_id AND s.volunteer_id = NEW.volunteer_id AND s.state IN ('accepted', 'no_show', 'served'))) THEN
    RAISE EXCEPTION 'presence_not_accepted' USING ERRCODE = 'check_violation';
  END IF;
  IF (EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND (NEW.started_at < t.starts_at - interval '30 minutes' OR NEW.ended_at > t.ends_at + interval '60 minutes'))) THEN
    RAISE EXCEPTION 'presence_outside' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER presence_guard BEFORE INSERT OR UPDATE ON presence FOR EACH ROW EXECUTE FUNCTION presence_guard()
-- next
CREATE OR REPLACE FUNCTION presence_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'presence_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER presence_kept_delete BEFORE DELETE ON presence FOR EACH ROW EXECUTE FUNCTION presence_kept()
-- next
CREATE TRIGGER presence_kept_truncate BEFORE TRUNCATE ON presence FOR EACH STATEMENT EXECUTE FUNCTION presence_kept()
-- next
CREATE TABLE hours_posting (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	on_day DATE NOT NULL, 
	month_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	services BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	recipient_id BIGINT, 
	kind_id BIGINT NOT NULL, 
	grid_id BIGINT, 
	centre_id BIGINT, 
	age_group VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_hours_posting PRIMARY KEY (id), 
	CONSTRAINT ck_hours_posting_one_service CHECK (services IN (1, -1)), 
	CONSTRAINT ck_hours_posting_same_sign CHECK (minutes * services > 0), 
	CONSTRAINT ck_hours_posting_age_group_known CHECK (age_group IN ('under_18', 'from_18', 'from_60', 'from_70', 'from_80', 'unknown')), 
	CONSTRAINT ck_hours_posting_month_begins_before CHECK (month_on <= on_day), 
	CONSTRAINT fk_hours_posting_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_hours_posting_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT uq_hours_posting_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_hours_posting_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_hours_posting_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_hours_posting_recipient_id_person FOREIGN KEY(recipient_id) REFERENCES person (id), 
	CONSTRAINT fk_hours_posting_kind_id_service_kind FOREIGN KEY(kind_id) REFERENCES service_kind (id), 
	CONSTRAINT fk_hours_posting_grid_id_grid FOREIGN KEY(grid_id) REFERENCES grid (id), 
	CONSTRAINT fk_hours_posting_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id)
)
-- next
CREATE INDEX ix_hours_posting_centre ON hours_posting (centre_id, on_day, id)
-- next
CREATE INDEX ix_hours_posting_day ON hours_posting (community_id, on_day, id)
-- next
CREATE INDEX ix_hours_posting_grid ON hours_posting (grid_id, on_day, id)
-- next
CREATE INDEX ix_hours_posting_month ON hours_posting (community_id, month_on)
-- next
CREATE INDEX ix_hours_posting_undone ON hours_posting (community_id, month_on) WHERE services < 0
-- next
CREATE INDEX ix_hours_posting_volunteer ON hours_posting (volunteer_id, on_day, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER hours_posting_no_change BEFORE UPDATE OR DELETE ON hours_posting
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER hours_posting_no_truncate BEFORE TRUNCATE ON hours_posting
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION service_record_posts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $posts$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN RETURN NULL; END IF;
  IF NEW.state = 'approved' THEN
    INSERT INTO hours_posting (community_id, record_id, entry_id, on_day, month_on, minutes, services, volunteer_id, recipient_id, kind_id, grid_id, centre_id, age_group) SELECT NEW.community_id, NEW.id, e.id, e.effective_on, date_trunc('month', e.effective_on)::date, NEW.credited_minutes, 1, NEW.volunteer_id, NEW.recipient_id, NEW.kind_id, NEW.grid_id, NEW.centre_id, CASE WHEN v.born_on IS NULL THEN 'unknown' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 80 THEN 'from_80' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 70 THEN 'from_70' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 60 THEN 'from_60' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 18 THEN 'from_18' ELSE 'under_18' END FROM ledger_entry e JOIN person v ON v.id = NEW.volunteer_id WHERE e.id = NEW.entry_id;
  END IF;
  IF NEW.state = 'unapproved' THEN
    INSERT INTO hours_posting (community_id, record_id, entry_id, on_day, month_on, minutes, services, volunteer_id, recipient_id, kind_id, grid_id, centre_id, age_group) SELECT NEW.community_id, NEW.id, e.id, e.effective_on, date_trunc('month', e.effective_on)::date, -NEW.credited_minutes, -1, NEW.volunteer_id, NEW.recipient_id, NEW.kind_id, NEW.grid_id, NEW.centre_id, CASE WHEN v.born_on IS NULL THEN 'unknown' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 80 THEN 'from_80' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 70 THEN 'from_70' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 60 THEN 'from_60' WHEN (to_char(NEW.served_on, 'YYYYMMDD')::int - to_char(v.born_on, 'YYYYMMDD')::int) / 10000 >= 18 THEN 'from_18' ELSE 'under_18' END FROM ledger_entry e JOIN person v ON v.id = NEW.volunteer_id WHERE e.id = NEW.reversal_id;
  END IF;
  RETURN NULL;
END $posts$
-- next
CREATE FUNCTION hours_posting_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $late$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7807632068837376 + NEW.community_id);
  IF NEW.services > 0 THEN INSERT INTO volunteer_first (volunteer_id, grid_id, centre_id, community_id, first_on) VALUES (NEW.volunteer_id, COALESCE(NEW.grid_id, 0), COALESCE(NEW.centre_id, 0), NEW.community_id, NEW.on_day), (NEW.volunteer_id, COALESCE(NEW.grid_id, 0), -1, NEW.community_id, NEW.on_day), (NEW.volunteer_id, -1, -1, NEW.community_id, NEW.on_day) ON CONFLICT (volunteer_id, grid_id, centre_id) DO UPDATE SET first_on = excluded.first_on WHERE excluded.first_on < volunteer_first.first_on; END IF;
  IF EXISTS (SELECT 1 FROM hours_rolled h WHERE h.community_id = NEW.community_id AND h.before_on > NEW.month_on) THEN DELETE FROM hours_month WHERE community_id = NEW.community_id AND month_on >= NEW.month_on; DELETE FROM volunteer_month WHERE community_id = NEW.community_id AND month_on >= NEW.month_on; DELETE FROM pair_month WHERE community_id = NEW.community_id AND month_on >= NEW.month_on; DELETE FROM volunteer_through WHERE community_id = NEW.community_id AND month_on >= NEW.month_on; DELETE FROM volunteer_back WHERE community_id = NEW.community_id AND month_on >= NEW.month_on; UPDATE hours_rolled SET before_on = NEW.month_on, through_id = NULL WHERE community_id = NEW.community_id AND before_on > NEW.month_on; END IF;
  RETURN NULL;
END $late$
-- next
CREATE FUNCTION hours_posting_follows() RETURNS trigger LANGUAGE plpgsql AS $follows$
BEGIN
  IF NEW.month_on <> date_trunc('month', NEW.on_day)::date OR NOT EXISTS (SELECT 1 FROM service_record r JOIN ledger_entry e ON e.id = NEW.entry_id WHERE r.id = NEW.record_id AND r.volunteer_id = NEW.volunteer_id AND r.community_id = NEW.community_id AND e.effective_on = NEW.on_day AND (r.entry_id = NEW.entry_id AND NEW.minutes = r.credited_minutes OR r.reversal_id = NEW.entry_id AND NEW.minutes = -r.credited_minutes)) THEN RAISE EXCEPTION 'hours_posting_follows' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END $follows$
-- next
CREATE TRIGGER hours_posting_follows AFTER INSERT ON hours_posting FOR EACH ROW EXECUTE FUNCTION hours_posting_follows()
-- next
CREATE TRIGGER hours_posting_late AFTER INSERT ON hours_posting FOR EACH ROW EXECUTE FUNCTION hours_posting_late()
-- next
CREATE TRIGGER service_record_posts AFTER INSERT OR UPDATE OF state ON service_record FOR EACH ROW WHEN (NEW.state IN ('approved', 'unapproved')) EXECUTE FUNCTION service_record_posts()
-- next
CREATE TABLE record_risk (
	record_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	points BIGINT DEFAULT '0' NOT NULL, 
	is_waiting BOOLEAN DEFAULT true NOT NULL, 
	rules_version BIGINT, 
	scored_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_record_risk PRIMARY KEY (record_id), 
	CONSTRAINT ck_record_risk_points_in_range CHECK (points BETWEEN 0 AND 100), 
	CONSTRAINT fk_record_risk_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_record_risk_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_record_risk_queue ON record_risk (community_id, points DESC, record_id) WHERE is_waiting
-- next
CREATE TABLE first_approval (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	user_id BIGINT, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	credited_minutes BIGINT NOT NULL, 
	points BIGINT NOT NULL, 
	rules_version BIGINT NOT NULL, 
	CONSTRAINT pk_first_approval PRIMARY KEY (id), 
	CONSTRAINT ck_first_approval_state_known CHECK (state IN ('waiting', 'seconded', 'dropped')), 
	CONSTRAINT ck_first_approval_approver_named CHECK (user_id IS NOT NULL OR person_id IS NOT NULL), 
	CONSTRAINT fk_first_approval_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_first_approval_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_first_approval_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_first_approval_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_first_approval_record ON first_approval (record_id, id)
-- next
CREATE UNIQUE INDEX uq_first_approval_waiting ON first_approval (record_id) WHERE state = 'waiting'
-- next
CREATE FUNCTION first_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('waiting>dropped', 'waiting>seconded')) THEN
    RAISE EXCEPTION 'first_approval_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.record_id::text IS DISTINCT FROM OLD.record_id::text OR NEW.at::text IS DISTINCT FROM OLD.at::text OR NEW.user_id::text IS DISTINCT FROM OLD.user_id::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.credited_minutes::text IS DISTINCT FROM OLD.credited_minutes::text OR NEW.points::text IS DISTINCT FROM OLD.points::text OR NEW.rules_version::text IS DISTINCT FROM OLD.rules_version::text)) THEN
    RAISE EXCEPTION 'first_approval_said' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'waiting') THEN
    RAISE EXCEPTION 'first_approval_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND (NEW.user_id = r.recorded_by_user_id OR NEW.person_id IN (r.volunteer_id, r.recipient_id, r.recorded_by_id)))) THEN
    RAISE EXCEPTION 'first_approval_own' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND r.state = 'confirmed')) THEN
    RAISE EXCEPTION 'first_approval_waits' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER first_approval_guard BEFORE INSERT OR UPDATE ON first_approval FOR EACH ROW EXECUTE FUNCTION first_approval_guard()
-- next
CREATE OR REPLACE FUNCTION first_approval_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'first_approval_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER first_approval_kept_delete BEFORE DELETE ON first_approval FOR EACH ROW EXECUTE FUNCTION first_approval_kept()
-- next
CREATE TRIGGER first_approval_kept_truncate BEFORE TRUNCATE ON first_approval FOR EACH STATEMENT EXECUTE FUNCTION first_approval_kept()
-- next
CREATE TABLE care_offline_use (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	device_id BIGINT NOT NULL, 
	client_id UUID NOT NULL, 
	number BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	token_id BIGINT, 
	person_id BIGINT, 
	minutes BIGINT NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_on DATE NOT NULL, 
	uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	uploaded_by VARCHAR(80) NOT NULL, 
	uploaded_by_user_id BIGINT, 
	state VARCHAR(12) NOT NULL, 
	conflict VARCHAR(16), 
	detail TEXT NOT NULL, 
	redemption_id BIGINT, 
	entry_id UUID, 
	decided_by VARCHAR(80) NOT NULL, 
	decided_by_user_id BIGINT, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	second_by VARCHAR(80) NOT NULL, 
	second_by_user_id BIGINT, 
	note TEXT NOT NULL, 
	CONSTRAINT pk_care_offline_use PRIMARY KEY (id), 
	CONSTRAINT uq_care_offline_use_device_id_client_id UNIQUE (device_id, client_id), 
	CONSTRAINT ck_care_offline_use_state_known CHECK (state IN ('charged', 'conflict', 'proposed', 'debt', 'written_off')), 
	CONSTRAINT ck_care_offline_use_conflict_known CHECK (conflict IS NULL OR conflict IN ('already_used', 'paper_revoked', 'unknown', 'expired', 'over_balance', 'over_allowance', 'device', 'own_or_kin', 'refused')), 
	CONSTRAINT ck_care_offline_use_conflict_named CHECK ((state = 'charged') = (conflict IS NULL)), 
	CONSTRAINT ck_care_offline_use_charged_by_slip CHECK ((state = 'charged') = (redemption_id IS NOT NULL)), 
	CONSTRAINT ck_care_offline_use_owed_by_entry CHECK ((state = 'debt') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_care_offline_use_owed_by_somebody CHECK (state <> 'debt' OR person_id IS NOT NULL), 
	CONSTRAINT ck_care_offline_use_written_off_by_two CHECK (state <> 'written_off' OR (second_by_user_id IS NOT NULL AND decided_by_user_id IS NOT NULL AND second_by_user_id <> decided_by_user_id)), 
	CONSTRAINT fk_care_offline_use_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_offline_use_device_id_care_offline_device FOREIGN KEY(device_id) REFERENCES care_offline_device (id), 
	CONSTRAINT fk_care_offline_use_token_id_care_offline_token FOREIGN KEY(token_id) REFERENCES care_offline_token (id), 
	CONSTRAINT fk_care_offline_use_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_offline_use_uploaded_by_user_id_user_account FOREIGN KEY(uploaded_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_care_offline_use_redemption_id UNIQUE (redemption_id), 
	CONSTRAINT fk_care_offline_use_redemption_id_redemption FOREIGN KEY(redemption_id) REFERENCES redemption (id), 
	CONSTRAINT uq_care_offline_use_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_care_offline_use_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_care_offline_use_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_offline_use_second_by_user_id_user_account FOREIGN KEY(second_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_offline_use_community_id_state ON care_offline_use (community_id, state)
-- next
CREATE INDEX ix_care_offline_use_person_id ON care_offline_use (person_id)
-- next
CREATE INDEX ix_care_offline_use_token_id ON care_offline_use (token_id)
-- next
CREATE FUNCTION care_offline_use_settled() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.state IN ('charged', 'debt', 'written_off') OR NEW.client_id <> OLD.client_id OR NEW.device_id <> OLD.device_id OR NEW.minutes <> OLD.minutes OR NEW.digest <> OLD.digest THEN RAISE EXCEPTION 'care_offline_use_settled' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_offline_use_settled BEFORE UPDATE ON care_offline_use FOR EACH ROW EXECUTE FUNCTION care_offline_use_settled()
-- next
CREATE FUNCTION care_offline_use_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'care_offline_use_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_offline_use_kept BEFORE DELETE ON care_offline_use FOR EACH ROW EXECUTE FUNCTION care_offline_use_kept()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_offline_use_kept_no_truncate BEFORE TRUNCATE ON care_offline_use FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE care_paper_slip (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	code VARCHAR(20) NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	printed_by VARCHAR(80) NOT NULL, 
	printed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	redemption_id BIGINT, 
	spoil_reason TEXT NOT NULL, 
	CONSTRAINT pk_care_paper_slip PRIMARY KEY (id), 
	CONSTRAINT uq_care_paper_slip_centre_id_number UNIQUE (centre_id, number), 
	CONSTRAINT uq_care_paper_slip_community_id_code UNIQUE (community_id, code), 
	CONSTRAINT ck_care_paper_slip_state_known CHECK (state IN ('printed', 'used', 'spoiled')), 
	CONSTRAINT ck_care_paper_slip_used_by_slip CHECK ((state = 'used') = (redemption_id IS NOT NULL)), 
	CONSTRAINT ck_care_paper_slip_spoiled_for_a_reason CHECK ((state = 'spoiled') = (spoil_reason <> '')), 
	CONSTRAINT fk_care_paper_slip_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_paper_slip_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT uq_care_paper_slip_redemption_id UNIQUE (redemption_id), 
	CONSTRAINT fk_care_paper_slip_redemption_id_redemption FOREIGN KEY(redemption_id) REFERENCES redemption (id)
)
-- next
CREATE INDEX ix_care_paper_slip_centre_id_state ON care_paper_slip (centre_id, state)
-- next
CREATE TABLE bank_unclaimed (
	line_id BIGINT NOT NULL, 
	community_id BIGINT NOT NULL, 
	size_fen BIGINT NOT NULL, 
	unallocated_fen BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	reason VARCHAR(20), 
	note TEXT NOT NULL, 
	is_held BOOLEAN NOT NULL, 
	owner_user_id BIGINT, 
	owner_name VARCHAR(80) NOT NULL, 
	raised_at TIMESTAMP WITH TIME ZONE, 
	due_on DATE, 
	CONSTRAINT pk_bank_unclaimed PRIMARY KEY (line_id), 
	CONSTRAINT ck_bank_unclaimed_not_over CHECK (unallocated_fen >= 0), 
	CONSTRAINT ck_bank_unclaimed_withheld CHECK (unallocated_fen * 100 <= size_fen * (100 + 10)), 
	CONSTRAINT ck_bank_unclaimed_size_fen CHECK (size_fen BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_bank_unclaimed_version CHECK (version >= 0), 
	CONSTRAINT ck_bank_unclaimed_reason CHECK (reason IS NULL OR reason IN ('no_candidate', 'tie', 'partial', 'over', 'duplicate_suspect', 'chain_break', 'payer_unknown', 'closed_period', 'platform_net', 'returned', 'unsure')), 
	CONSTRAINT ck_bank_unclaimed_raised CHECK ((reason IS NULL) = (raised_at IS NULL) AND (reason IS NULL) = (due_on IS NULL)), 
	CONSTRAINT fk_bank_unclaimed_line_id_bank_line FOREIGN KEY(line_id) REFERENCES bank_line (id), 
	CONSTRAINT fk_bank_unclaimed_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_unclaimed_owner_user_id_user_account FOREIGN KEY(owner_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_bank_unclaimed_open ON bank_unclaimed (community_id, line_id) WHERE unallocated_fen > 0
-- next
CREATE FUNCTION bank_unclaimed_starts() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.unallocated_fen <> NEW.size_fen - (SELECT coalesce(sum(a.amount_fen), 0) FROM bank_allocation a WHERE a.line_id = NEW.line_id AND a.undone_entry_id IS NULL) OR NOT EXISTS (SELECT 1 FROM bank_line l WHERE l.id = NEW.line_id AND l.community_id = NEW.community_id AND abs(l.amount_fen) = NEW.size_fen) OR NEW.version < 0 THEN RAISE EXCEPTION 'bank_unclaimed_starts' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_unclaimed_starts BEFORE INSERT ON bank_unclaimed FOR EACH ROW EXECUTE FUNCTION bank_unclaimed_starts()
-- next
CREATE FUNCTION bank_unclaimed_follows() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.unallocated_fen <> NEW.size_fen - (SELECT coalesce(sum(a.amount_fen), 0) FROM bank_allocation a WHERE a.line_id = NEW.line_id AND a.undone_entry_id IS NULL) OR NOT EXISTS (SELECT 1 FROM bank_line l WHERE l.id = NEW.line_id AND l.community_id = NEW.community_id AND abs(l.amount_fen) = NEW.size_fen) OR NEW.version < 0 OR NEW.line_id <> OLD.line_id OR NEW.version <= OLD.version THEN RAISE EXCEPTION 'bank_unclaimed_follows' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_unclaimed_follows BEFORE UPDATE ON bank_unclaimed FOR EACH ROW EXECUTE FUNCTION bank_unclaimed_follows()
-- next
CREATE FUNCTION bank_unclaimed_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF 1 = 1 THEN RAISE EXCEPTION 'bank_unclaimed_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER bank_unclaimed_stays BEFORE DELETE ON bank_unclaimed FOR EACH ROW EXECUTE FUNCTION bank_unclaimed_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER bank_unclaimed_stays_no_truncate BEFORE TRUNCATE ON bank_unclaimed FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE bank_allocation (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	claim_id UUID NOT NULL, 
	purpose VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	is_automatic BOOLEAN NOT NULL, 
	score BIGINT NOT NULL, 
	terms JSON NOT NULL, 
	claimed_by BIGINT, 
	claimed_name VARCHAR(80) NOT NULL, 
	claimed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	undone_entry_id UUID, 
	undone_by BIGINT, 
	undone_name VARCHAR(80) NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_reason TEXT NOT NULL, 
	CONSTRAINT pk_bank_allocation PRIMARY KEY (id), 
	CONSTRAINT uq_bank_allocation_entry_id UNIQUE (entry_id), 
	CONSTRAINT uq_bank_allocation_undone_entry_id UNIQUE (undone_entry_id), 
	CONSTRAINT ck_bank_allocation_purpose CHECK (purpose IN ('contribution', 'credit', 'spending', 'common_income', 'refund', 'credit_back', 'fee', 'withheld', 'interest', 'between', 'returned', 'opening')), 
	CONSTRAINT ck_bank_allocation_amount_fen CHECK (amount_fen <> 0 AND (amount_fen < 0) = (purpose = 'withheld') AND amount_fen BETWEEN -10000000000000 AND 10000000000000), 
	CONSTRAINT ck_bank_allocation_undone CHECK ((undone_entry_id IS NULL AND undone_at IS NULL AND undone_reason = '') OR (undone_entry_id IS NOT NULL AND undone_at IS NOT NULL AND undone_reason <> '')), 
	CONSTRAINT fk_bank_allocation_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_allocation_line_id_bank_line FOREIGN KEY(line_id) REFERENCES bank_line (id), 
	CONSTRAINT fk_bank_allocation_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_bank_allocation_claimed_by_user_account FOREIGN KEY(claimed_by) REFERENCES user_account (id), 
	CONSTRAINT fk_bank_allocation_undone_entry_id_ledger_entry FOREIGN KEY(undone_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_bank_allocation_undone_by_user_account FOREIGN KEY(undone_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_bank_allocation_community_id_claim_id ON bank_allocation (community_id, claim_id)
-- next
CREATE INDEX ix_bank_allocation_line_id ON bank_allocation (line_id)
-- next
CREATE FUNCTION bank_allocation_takes() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  UPDATE bank_unclaimed SET unallocated_fen = unallocated_fen - NEW.amount_fen, version = version + 1, reason = CASE WHEN unallocated_fen = NEW.amount_fen THEN NULL ELSE reason END, raised_at = CASE WHEN unallocated_fen = NEW.amount_fen THEN NULL ELSE raised_at END, due_on = CASE WHEN unallocated_fen = NEW.amount_fen THEN NULL ELSE due_on END, owner_user_id = CASE WHEN unallocated_fen = NEW.amount_fen THEN NULL ELSE owner_user_id END, owner_name = CASE WHEN unallocated_fen = NEW.amount_fen THEN '' ELSE owner_name END, note = CASE WHEN unallocated_fen = NEW.amount_fen THEN '' ELSE note END, is_held = CASE WHEN unallocated_fen = NEW.amount_fen THEN false ELSE is_held END WHERE line_id = NEW.line_id;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_allocation_takes AFTER INSERT ON bank_allocation FOR EACH ROW EXECUTE FUNCTION bank_allocation_takes()
-- next
CREATE FUNCTION bank_allocation_gives_back() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.undone_entry_id IS NULL AND NEW.undone_entry_id IS NOT NULL THEN UPDATE bank_unclaimed SET unallocated_fen = unallocated_fen + NEW.amount_fen, version = version + 1 WHERE line_id = NEW.line_id; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_allocation_gives_back AFTER UPDATE ON bank_allocation FOR EACH ROW EXECUTE FUNCTION bank_allocation_gives_back()
-- next
CREATE FUNCTION bank_allocation_by_entry() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.undone_entry_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bank_line l JOIN bank_account b ON b.id = l.account_id JOIN ledger_transfer t ON t.entry_id = NEW.entry_id AND t.amount = abs(NEW.amount_fen) AND b.unclaimed_account_id = CASE WHEN (l.amount_fen > 0) = (NEW.amount_fen > 0) THEN t.debit_id ELSE t.credit_id END WHERE l.id = NEW.line_id AND l.community_id = NEW.community_id) THEN RAISE EXCEPTION 'bank_allocation_by_entry' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_allocation_by_entry BEFORE INSERT ON bank_allocation FOR EACH ROW EXECUTE FUNCTION bank_allocation_by_entry()
-- next
CREATE FUNCTION bank_allocation_keeps() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.line_id <> OLD.line_id OR NEW.community_id <> OLD.community_id OR NEW.claim_id <> OLD.claim_id OR NEW.purpose <> OLD.purpose OR NEW.amount_fen <> OLD.amount_fen OR NEW.entry_id <> OLD.entry_id OR NEW.is_automatic <> OLD.is_automatic OR NEW.score <> OLD.score OR NEW.claimed_name <> OLD.claimed_name OR NEW.claimed_at <> OLD.claimed_at OR OLD.undone_entry_id IS NOT NULL OR NEW.undone_entry_id IS NULL OR NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.undone_entry_id AND e.reverses_id = NEW.entry_id) THEN RAISE EXCEPTION 'bank_allocation_keeps' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_allocation_keeps BEFORE UPDATE ON bank_allocation FOR EACH ROW EXECUTE FUNCTION bank_allocation_keeps()
-- next
CREATE FUNCTION bank_allocation_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF 1 = 1 THEN RAISE EXCEPTION 'bank_allocation_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER bank_allocation_stays BEFORE DELETE ON bank_allocation FOR EACH ROW EXECUTE FUNCTION bank_allocation_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER bank_allocation_stays_no_truncate BEFORE TRUNCATE ON bank_allocation FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE clearing_transfer (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	to_community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	purpose VARCHAR(8) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	person_id BIGINT NOT NULL, 
	to_person_id BIGINT, 
	minutes BIGINT NOT NULL, 
	moved_minutes BIGINT, 
	code TEXT, 
	code_index VARCHAR(64), 
	hold_id UUID NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	requested_by_user_id BIGINT, 
	requested_by_name VARCHAR(80) NOT NULL, 
	consent_slip VARCHAR(40), 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by_user_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	decision_reason TEXT NOT NULL, 
	target_code VARCHAR(60) NOT NULL, 
	move_id BIGINT, 
	reversal_asked_at TIMESTAMP WITH TIME ZONE, 
	reversal_asked_by_id BIGINT, 
	reversal_asked_by_name VARCHAR(80) NOT NULL, 
	reversal_reason TEXT NOT NULL, 
	reversal_move_id BIGINT, 
	CONSTRAINT pk_clearing_transfer PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_transfer_community_id_consent_slip UNIQUE (community_id, consent_slip), 
	CONSTRAINT ck_clearing_transfer_purpose_known CHECK (purpose IN ('own', 'kin', 'redeem')), 
	CONSTRAINT ck_clearing_transfer_state_known CHECK (state IN ('requested', 'done', 'refused', 'withdrawn', 'lapsed', 'reversed')), 
	CONSTRAINT ck_clearing_transfer_minutes_in_range CHECK (minutes BETWEEN 1 AND 60000), 
	CONSTRAINT ck_clearing_transfer_two_communities CHECK (community_id <> to_community_id), 
	CONSTRAINT ck_clearing_transfer_somebody_receives CHECK ((purpose = 'redeem') = (to_person_id IS NULL)), 
	CONSTRAINT ck_clearing_transfer_code_of_redeem CHECK ((purpose = 'redeem') = (code_index IS NOT NULL) AND (code IS NULL) = (code_index IS NULL)), 
	CONSTRAINT ck_clearing_transfer_done_is CHECK ((state IN ('done', 'reversed')) = (move_id IS NOT NULL)), 
	CONSTRAINT ck_clearing_transfer_moved_is CHECK ((move_id IS NULL) = (moved_minutes IS NULL)), 
	CONSTRAINT ck_clearing_transfer_moved_in_range CHECK (moved_minutes BETWEEN 1 AND minutes), 
	CONSTRAINT ck_clearing_transfer_moved_whole CHECK (purpose = 'redeem' OR moved_minutes = minutes), 
	CONSTRAINT ck_clearing_transfer_undone_is CHECK ((state = 'reversed') = (reversal_move_id IS NOT NULL)), 
	CONSTRAINT ck_clearing_transfer_decided_is CHECK ((state = 'requested') = (decided_at IS NULL)), 
	CONSTRAINT ck_clearing_transfer_asked_by_a_side CHECK ((reversal_asked_at IS NULL) = (reversal_asked_by_id IS NULL)), 
	CONSTRAINT fk_clearing_transfer_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_transfer_to_community_id_community FOREIGN KEY(to_community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_transfer_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id), 
	CONSTRAINT fk_clearing_transfer_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_clearing_transfer_to_person_id_person FOREIGN KEY(to_person_id) REFERENCES person (id), 
	CONSTRAINT uq_clearing_transfer_code_index UNIQUE (code_index), 
	CONSTRAINT uq_clearing_transfer_hold_id UNIQUE (hold_id), 
	CONSTRAINT fk_clearing_transfer_requested_by_user_id_user_account FOREIGN KEY(requested_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_clearing_transfer_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_clearing_transfer_move_id UNIQUE (move_id), 
	CONSTRAINT fk_clearing_transfer_move_id_clearing_move FOREIGN KEY(move_id) REFERENCES clearing_move (id), 
	CONSTRAINT fk_clearing_transfer_reversal_asked_by_id_community FOREIGN KEY(reversal_asked_by_id) REFERENCES community (id), 
	CONSTRAINT uq_clearing_transfer_reversal_move_id UNIQUE (reversal_move_id), 
	CONSTRAINT fk_clearing_transfer_reversal_move_id_clearing_move FOREIGN KEY(reversal_move_id) REFERENCES clearing_move (id)
)
-- next
CREATE INDEX ix_clearing_transfer_in ON clearing_transfer (to_community_id, state, id)
-- next
CREATE INDEX ix_clearing_transfer_out ON clearing_transfer (community_id, id)
-- next
CREATE INDEX ix_clearing_transfer_pair_id_id ON clearing_transfer (pair_id, id)
-- next
CREATE INDEX ix_clearing_transfer_person_id_id ON clearing_transfer (person_id, id)
-- next
CREATE INDEX ix_clearing_transfer_to_person_id_id ON clearing_transfer (to_person_id, id)
-- next
CREATE INDEX ix_clearing_transfer_waiting ON clearing_transfer (state, requested_at)
-- next
CREATE FUNCTION clearing_transfer_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('done>reversed', 'requested>done', 'requested>lapsed', 'requested>refused', 'requested>withdrawn')) THEN
    RAISE EXCEPTION 'clearing_transfer_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.to_community_id::text IS DISTINCT FROM OLD.to_community_id::text OR NEW.pair_id::text IS DISTINCT FROM OLD.pair_id::text OR NEW.purpose::text IS DISTINCT FROM OLD.purpose::text OR NEW.person_id::text IS DISTINCT FROM OLD.person_id::text OR NEW.to_person_id::text IS DISTINCT FROM OLD.to_person_id::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.code_index::text IS DISTINCT FROM OLD.code_index::text OR NEW.hold_id::text IS DISTINCT FROM OLD.hold_id::text OR NEW.requested_at::text IS DISTINCT FROM OLD.requested_at::text OR NEW.requested_by_user_id::text IS DISTINCT FROM OLD.requested_by_user_id::text OR NEW.consent_slip::text IS DISTINCT FROM OLD.consent_slip::text)) THEN
    RAISE EXCEPTION 'clearing_transfer_asked' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'requested' AND (NEW.moved_minutes::text IS DISTINCT FROM OLD.moved_minutes::text OR NEW.move_id::text IS DISTINCT FROM OLD.move_id::text OR NEW.decided_at::text IS DISTINCT FROM OLD.decided_at::text OR NEW.decided_by_user_id::text IS DISTINCT FROM OLD.decided_by_user_id::text OR NEW.target_code::text IS DISTINCT FROM OLD.target_code::text)) THEN
    RAISE EXCEPTION 'clearing_transfer_decided' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'requested') THEN
    RAISE EXCEPTION 'clearing_transfer_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.consent_slip IS NULL AND NOT EXISTS (SELECT 1 FROM user_account u WHERE u.id = NEW.requested_by_user_id AND u.person_id = NEW.person_id)) THEN
    RAISE EXCEPTION 'clearing_transfer_unasked' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id AND ((p.community_id = NEW.community_id AND p.high_id = NEW.to_community_id) OR (p.high_id = NEW.community_id AND p.community_id = NEW.to_community_id)))) THEN
    RAISE EXCEPTION 'clearing_transfer_of_pair' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM person a WHERE a.id = NEW.person_id AND a.community_id = NEW.community_id) OR (NEW.to_person_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM person b WHERE b.id = NEW.to_person_id AND b.community_id = NEW.to_community_id))) THEN
    RAISE EXCEPTION 'clearing_transfer_people' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.move_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clearing_move m WHERE m.id = NEW.move_id AND m.kind = 'transfer' AND m.pair_id = NEW.pair_id AND m.low_owes_minutes = 1 * NEW.moved_minutes * CASE WHEN NEW.community_id < NEW.to_community_id THEN 1 ELSE -1 END)) THEN
    RAISE EXCEPTION 'clearing_transfer_moved' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.reversal_move_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clearing_move m WHERE m.id = NEW.reversal_move_id AND m.kind = 'reversal' AND m.pair_id = NEW.pair_id AND m.low_owes_minutes = -1 * NEW.moved_minutes * CASE WHEN NEW.community_id < NEW.to_community_id THEN 1 ELSE -1 END)) THEN
    RAISE EXCEPTION 'clearing_transfer_undone' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_transfer_guard BEFORE INSERT OR UPDATE ON clearing_transfer FOR EACH ROW EXECUTE FUNCTION clearing_transfer_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_transfer_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_transfer_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_transfer_kept_delete BEFORE DELETE ON clearing_transfer FOR EACH ROW EXECUTE FUNCTION clearing_transfer_kept()
-- next
CREATE TRIGGER clearing_transfer_kept_truncate BEFORE TRUNCATE ON clearing_transfer FOR EACH STATEMENT EXECUTE FUNCTION clearing_transfer_kept()
-- next
CREATE TABLE certificate_record (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	certificate_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	CONSTRAINT pk_certificate_record PRIMARY KEY (id), 
	CONSTRAINT uq_certificate_record_certificate_id_record_id UNIQUE (certificate_id, record_id), 
	CONSTRAINT ck_certificate_record_counts_something CHECK (minutes > 0), 
	CONSTRAINT fk_certificate_record_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_certificate_record_certificate_id_service_certificate FOREIGN KEY(certificate_id) REFERENCES service_certificate (id), 
	CONSTRAINT fk_certificate_record_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id)
)
-- next
CREATE INDEX ix_certificate_record_record_id ON certificate_record (record_id)
-- next
CREATE FUNCTION certificate_record_approved() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM service_record r JOIN service_certificate c ON c.id = NEW.certificate_id WHERE r.id = NEW.record_id AND r.state = 'approved' AND r.volunteer_id = c.person_id AND r.community_id = c.community_id AND r.minutes = NEW.minutes AND r.served_on BETWEEN c.since_on AND c.through_on) THEN RAISE EXCEPTION 'certificate_record_approved' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER certificate_record_approved BEFORE INSERT ON certificate_record FOR EACH ROW EXECUTE FUNCTION certificate_record_approved()
-- next
CREATE FUNCTION certificate_record_late() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF (SELECT count(*) FROM certificate_record r WHERE r.certificate_id = NEW.certificate_id) >= (SELECT c.services FROM service_certificate c WHERE c.id = NEW.certificate_id) THEN RAISE EXCEPTION 'certificate_record_late' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER certificate_record_late BEFORE INSERT ON certificate_record FOR EACH ROW EXECUTE FUNCTION certificate_record_late()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER certificate_record_no_change BEFORE UPDATE OR DELETE ON certificate_record
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER certificate_record_no_truncate BEFORE TRUNCATE ON certificate_record
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE passbook_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	print_id BIGINT NOT NULL, 
	booklet_id BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	transfer_id BIGINT NOT NULL, 
	entry_id UUID NOT NULL, 
	on_day DATE NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	minutes BIGINT NOT NULL, 
	after_minutes BIGINT NOT NULL, 
	is_live BOOLEAN NOT NULL, 
	is_on_paper BOOLEAN NOT NULL, 
	CONSTRAINT pk_passbook_line PRIMARY KEY (id), 
	CONSTRAINT ck_passbook_line_position_positive CHECK (position > 0), 
	CONSTRAINT ck_passbook_line_moves_something CHECK (minutes <> 0), 
	CONSTRAINT ck_passbook_line_live_is_on_paper CHECK (is_on_paper OR NOT is_live), 
	CONSTRAINT fk_passbook_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_passbook_line_print_id_passbook_print FOREIGN KEY(print_id) REFERENCES passbook_print (id), 
	CONSTRAINT fk_passbook_line_booklet_id_passbook_booklet FOREIGN KEY(booklet_id) REFERENCES passbook_booklet (id), 
	CONSTRAINT fk_passbook_line_transfer_id_ledger_transfer FOREIGN KEY(transfer_id) REFERENCES ledger_transfer (id), 
	CONSTRAINT fk_passbook_line_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_passbook_line_booklet_id_position ON passbook_line (booklet_id, position)
-- next
CREATE INDEX ix_passbook_line_community_id ON passbook_line (community_id)
-- next
CREATE INDEX ix_passbook_line_print_id_position ON passbook_line (print_id, position)
-- next
CREATE INDEX ix_passbook_line_transfer_id ON passbook_line (transfer_id)
-- next
CREATE UNIQUE INDEX uq_passbook_line_live ON passbook_line (transfer_id) WHERE is_live
-- next
CREATE UNIQUE INDEX uq_passbook_line_place ON passbook_line (booklet_id, position) WHERE is_on_paper
-- next
CREATE FUNCTION passbook_line_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.print_id::text IS DISTINCT FROM OLD.print_id::text OR NEW.booklet_id::text IS DISTINCT FROM OLD.booklet_id::text OR NEW.position::text IS DISTINCT FROM OLD.position::text OR NEW.transfer_id::text IS DISTINCT FROM OLD.transfer_id::text OR NEW.entry_id::text IS DISTINCT FROM OLD.entry_id::text OR NEW.on_day::text IS DISTINCT FROM OLD.on_day::text OR NEW.kind::text IS DISTINCT FROM OLD.kind::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.after_minutes::text IS DISTINCT FROM OLD.after_minutes::text)) THEN
    RAISE EXCEPTION 'passbook_line_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.is_live AND NOT OLD.is_live) OR (NEW.is_on_paper AND NOT OLD.is_on_paper)) THEN
    RAISE EXCEPTION 'passbook_line_rises' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.is_live AND NOT NEW.is_live AND EXISTS (SELECT 1 FROM passbook_print p WHERE p.id = NEW.print_id AND p.voided_at IS NULL)) THEN
    RAISE EXCEPTION 'passbook_line_stands' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM ledger_transfer t JOIN passbook_booklet b ON b.id = NEW.booklet_id JOIN ledger_account a ON a.id = CASE WHEN NEW.minutes > 0 THEN t.credit_id ELSE t.debit_id END WHERE t.id = NEW.transfer_id AND t.entry_id = NEW.entry_id AND t.amount = abs(NEW.minutes) AND a.person_id = b.person_id AND a.restriction = 'own')) THEN
    RAISE EXCEPTION 'passbook_line_anothers' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM passbook_print p WHERE p.id = NEW.print_id AND p.booklet_id = NEW.booklet_id AND p.voided_at IS NULL AND NEW.position BETWEEN p.first_position AND p.last_position)) THEN
    RAISE EXCEPTION 'passbook_line_outside' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER passbook_line_guard BEFORE INSERT OR UPDATE ON passbook_line FOR EACH ROW EXECUTE FUNCTION passbook_line_guard()
-- next
CREATE OR REPLACE FUNCTION passbook_line_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'passbook_line_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER passbook_line_kept_delete BEFORE DELETE ON passbook_line FOR EACH ROW EXECUTE FUNCTION passbook_line_kept()
-- next
CREATE TRIGGER passbook_line_kept_truncate BEFORE TRUNCATE ON passbook_line FOR EACH STATEMENT EXECUTE FUNCTION passbook_line_kept()
-- next
CREATE TABLE clearing_settlement (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	pair_id BIGINT NOT NULL, 
	sheet_id BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	note VARCHAR(200) NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	proposed_by_user_id BIGINT NOT NULL, 
	proposed_by_name VARCHAR(80) NOT NULL, 
	signed_at TIMESTAMP WITH TIME ZONE, 
	signed_by_user_id BIGINT, 
	signed_by_name VARCHAR(80) NOT NULL, 
	withdrawn_at TIMESTAMP WITH TIME ZONE, 
	move_id BIGINT, 
	CONSTRAINT pk_clearing_settlement PRIMARY KEY (id), 
	CONSTRAINT ck_clearing_settlement_minutes_in_range CHECK (minutes BETWEEN 1 AND 6000000), 
	CONSTRAINT ck_clearing_settlement_says_how CHECK (length(note) > 0), 
	CONSTRAINT ck_clearing_settlement_signed_means_posted CHECK ((signed_at IS NULL) = (move_id IS NULL)), 
	CONSTRAINT ck_clearing_settlement_signed_by_somebody CHECK ((signed_at IS NULL) = (signed_by_user_id IS NULL)), 
	CONSTRAINT ck_clearing_settlement_one_end CHECK (signed_at IS NULL OR withdrawn_at IS NULL), 
	CONSTRAINT ck_clearing_settlement_two_sign CHECK (signed_by_user_id <> proposed_by_user_id), 
	CONSTRAINT fk_clearing_settlement_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_settlement_pair_id_clearing_pair FOREIGN KEY(pair_id) REFERENCES clearing_pair (id), 
	CONSTRAINT fk_clearing_settlement_sheet_id_clearing_sheet FOREIGN KEY(sheet_id) REFERENCES clearing_sheet (id), 
	CONSTRAINT fk_clearing_settlement_proposed_by_user_id_user_account FOREIGN KEY(proposed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_clearing_settlement_signed_by_user_id_user_account FOREIGN KEY(signed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_clearing_settlement_move_id UNIQUE (move_id), 
	CONSTRAINT fk_clearing_settlement_move_id_clearing_move FOREIGN KEY(move_id) REFERENCES clearing_move (id)
)
-- next
CREATE INDEX ix_clearing_settlement_pair_id ON clearing_settlement (pair_id)
-- next
CREATE INDEX ix_clearing_settlement_sheet_id ON clearing_settlement (sheet_id)
-- next
CREATE UNIQUE INDEX uq_clearing_settlement_waiting ON clearing_settlement (pair_id) WHERE signed_at IS NULL AND withdrawn_at IS NULL
-- next
CREATE FUNCTION clearing_settlement_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.signed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_settlement_decided' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.pair_id::text IS DISTINCT FROM OLD.pair_id::text OR NEW.sheet_id::text IS DISTINCT FROM OLD.sheet_id::text OR NEW.minutes::text IS DISTINCT FROM OLD.minutes::text OR NEW.note::text IS DISTINCT FROM OLD.note::text OR NEW.proposed_at::text IS DISTINCT FROM OLD.proposed_at::text OR NEW.proposed_by_user_id::text IS DISTINCT FROM OLD.proposed_by_user_id::text OR NEW.proposed_by_name::text IS DISTINCT FROM OLD.proposed_by_name::text)) THEN
    RAISE EXCEPTION 'clearing_settlement_fixed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.signed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'clearing_settlement_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM clearing_pair p WHERE p.id = NEW.pair_id AND NEW.community_id IN (p.community_id, p.high_id))) THEN
    RAISE EXCEPTION 'clearing_settlement_of_pair' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.signed_by_user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM user_account u JOIN clearing_pair p ON p.id = NEW.pair_id WHERE u.id = NEW.signed_by_user_id AND u.community_id IN (p.community_id, p.high_id) AND u.community_id <> NEW.community_id)) THEN
    RAISE EXCEPTION 'clearing_settlement_other_signs' USING ERRCODE = 'check_violation';
  END IF;
  IF (NOT EXISTS (SELECT 1 FROM clearing_sheet s WHERE s.id = NEW.sheet_id AND s.pair_id = NEW.pair_id AND s.low_signed_at IS NOT NULL AND s.high_signed_at IS NOT NULL)) THEN
    RAISE EXCEPTION 'clearing_settlement_sheet' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.move_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clearing_move m WHERE m.id = NEW.move_id AND m.kind = 'settlement' AND m.pair_id = NEW.pair_id AND abs(m.low_owes_minutes) = NEW.minutes)) THEN
    RAISE EXCEPTION 'clearing_settlement_moved' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER clearing_settlement_guard BEFORE INSERT OR UPDATE ON clearing_settlement FOR EACH ROW EXECUTE FUNCTION clearing_settlement_guard()
-- next
CREATE OR REPLACE FUNCTION clearing_settlement_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'clearing_settlement_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER clearing_settlement_kept_delete BEFORE DELETE ON clearing_settlement FOR EACH ROW EXECUTE FUNCTION clearing_settlement_kept()
-- next
CREATE TRIGGER clearing_settlement_kept_truncate BEFORE TRUNCATE ON clearing_settlement FOR EACH STATEMENT EXECUTE FUNCTION clearing_settlement_kept()
-- next
CREATE TABLE spot_check (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	draw_id BIGINT NOT NULL, 
	week_on DATE NOT NULL, 
	record_id BIGINT NOT NULL, 
	drawn_by VARCHAR(8) NOT NULL, 
	points BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	checker_user_id BIGINT, 
	checker_id BIGINT, 
	checker_name VARCHAR(80) NOT NULL, 
	taken_at TIMESTAMP WITH TIME ZONE, 
	how VARCHAR(8), 
	result VARCHAR(16), 
	actual_minutes BIGINT, 
	words TEXT NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	reversal_id UUID, 
	CONSTRAINT pk_spot_check PRIMARY KEY (id), 
	CONSTRAINT ck_spot_check_state_known CHECK (state IN ('drawn', 'taken', 'done')), 
	CONSTRAINT ck_spot_check_drawn_by_known CHECK (drawn_by IN ('chance', 'risk')), 
	CONSTRAINT ck_spot_check_how_known CHECK (how IN ('phone', 'visit', 'paper')), 
	CONSTRAINT ck_spot_check_result_known CHECK (result IN ('as_recorded', 'differs', 'not_happened', 'unreachable')), 
	CONSTRAINT ck_spot_check_taken_by_somebody CHECK ((state = 'drawn') = (taken_at IS NULL) AND (state = 'drawn') = (checker_user_id IS NULL)), 
	CONSTRAINT ck_spot_check_done_with_result CHECK ((state = 'done') = (result IS NOT NULL AND how IS NOT NULL AND done_at IS NOT NULL)), 
	CONSTRAINT ck_spot_check_differs_by_figure CHECK (actual_minutes IS NULL OR result = 'differs'), 
	CONSTRAINT ck_spot_check_figure_given CHECK (result <> 'differs' OR actual_minutes IS NOT NULL), 
	CONSTRAINT ck_spot_check_figure_in_range CHECK (actual_minutes BETWEEN 1 AND 1440), 
	CONSTRAINT ck_spot_check_words_given CHECK (state <> 'done' OR words <> ''), 
	CONSTRAINT ck_spot_check_words_short CHECK (length(words) <= 500), 
	CONSTRAINT ck_spot_check_taken_back_when_wrong CHECK (reversal_id IS NULL OR result IN ('differs', 'not_happened')), 
	CONSTRAINT fk_spot_check_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_spot_check_draw_id_spot_draw FOREIGN KEY(draw_id) REFERENCES spot_draw (id), 
	CONSTRAINT uq_spot_check_record_id UNIQUE (record_id), 
	CONSTRAINT fk_spot_check_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_spot_check_checker_user_id_user_account FOREIGN KEY(checker_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_spot_check_checker_id_person FOREIGN KEY(checker_id) REFERENCES person (id), 
	CONSTRAINT uq_spot_check_reversal_id UNIQUE (reversal_id), 
	CONSTRAINT fk_spot_check_reversal_id_ledger_entry FOREIGN KEY(reversal_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_spot_check_checker_user_id ON spot_check (checker_user_id)
-- next
CREATE INDEX ix_spot_check_draw_id ON spot_check (draw_id)
-- next
CREATE INDEX ix_spot_check_list ON spot_check (community_id, state, id)
-- next
CREATE INDEX ix_spot_check_week ON spot_check (community_id, week_on)
-- next
CREATE FUNCTION spot_check_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('drawn>taken', 'taken>done')) THEN
    RAISE EXCEPTION 'spot_check_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.draw_id::text IS DISTINCT FROM OLD.draw_id::text OR NEW.week_on::text IS DISTINCT FROM OLD.week_on::text OR NEW.record_id::text IS DISTINCT FROM OLD.record_id::text OR NEW.drawn_by::text IS DISTINCT FROM OLD.drawn_by::text OR NEW.points::text IS DISTINCT FROM OLD.points::text)) THEN
    RAISE EXCEPTION 'spot_check_drawn' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state = 'done' AND (NEW.checker_user_id::text IS DISTINCT FROM OLD.checker_user_id::text OR NEW.checker_id::text IS DISTINCT FROM OLD.checker_id::text OR NEW.taken_at::text IS DISTINCT FROM OLD.taken_at::text OR NEW.how::text IS DISTINCT FROM OLD.how::text OR NEW.result::text IS DISTINCT FROM OLD.result::text OR NEW.actual_minutes::text IS DISTINCT FROM OLD.actual_minutes::text OR NEW.words::text IS DISTINCT FROM OLD.words::text OR NEW.done_at::text IS DISTINCT FROM OLD.done_at::text)) THEN
    RAISE EXCEPTION 'spot_check_done' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.reversal_id IS NOT NULL AND (NEW.reversal_id::text IS DISTINCT FROM OLD.reversal_id::text)) THEN
    RAISE EXCEPTION 'spot_check_taken_back' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'done' AND (EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND (NEW.checker_user_id IN (r.recorded_by_user_id, r.confirmed_by_user_id, r.approved_by_user_id) OR NEW.checker_id IN (r.volunteer_id, r.recipient_id, r.recorded_by_id, r.confirmed_by_id, r.approved_by_id))) OR EXISTS (SELECT 1 FROM first_approval f WHERE f.record_id = NEW.record_id AND (f.user_id = NEW.checker_user_id OR f.person_id = NEW.checker_id)))) THEN
    RAISE EXCEPTION 'spot_check_had_a_hand' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'drawn') THEN
    RAISE EXCEPTION 'spot_check_begins' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND r.approved_at IS NOT NULL)) THEN
    RAISE EXCEPTION 'spot_check_not_approved' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER spot_check_guard BEFORE INSERT OR UPDATE ON spot_check FOR EACH ROW EXECUTE FUNCTION spot_check_guard()
-- next
CREATE OR REPLACE FUNCTION spot_check_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'spot_check_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER spot_check_kept_delete BEFORE DELETE ON spot_check FOR EACH ROW EXECUTE FUNCTION spot_check_kept()
-- next
CREATE TRIGGER spot_check_kept_truncate BEFORE TRUNCATE ON spot_check FOR EACH STATEMENT EXECUTE FUNCTION spot_check_kept()
-- next
CREATE TABLE dispute (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	volunteer_id BIGINT NOT NULL, 
	about VARCHAR(12) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	due_on DATE, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decided_by_user_id BIGINT, 
	decided_by_id BIGINT, 
	decided_by_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	appealed_at TIMESTAMP WITH TIME ZONE, 
	appealed_by_user_id BIGINT, 
	appealed_by_name VARCHAR(80) NOT NULL, 
	appeal_words TEXT NOT NULL, 
	judged_at TIMESTAMP WITH TIME ZONE, 
	judged_by_user_id BIGINT, 
	judged_by_id BIGINT, 
	judged_by_name VARCHAR(80) NOT NULL, 
	judgement TEXT NOT NULL, 
	arbitration_at TIMESTAMP WITH TIME ZONE, 
	arbitration_words TEXT NOT NULL, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	new_record_id BIGINT, 
	CONSTRAINT pk_dispute PRIMARY KEY (id), 
	CONSTRAINT ck_dispute_about_known CHECK (about IN ('rejection', 'unapproval')), 
	CONSTRAINT ck_dispute_state_known CHECK (state IN ('open', 'appealed', 'upheld', 'arbitration', 'granted', 'final', 'lapsed', 'repaired')), 
	CONSTRAINT ck_dispute_term_given CHECK (state NOT IN ('open', 'appealed', 'upheld', 'arbitration') OR due_on IS NOT NULL), 
	CONSTRAINT ck_dispute_appealed_in_words CHECK (state NOT IN ('appealed', 'upheld', 'arbitration', 'granted', 'final') OR (appealed_at IS NOT NULL AND appeal_words <> '')), 
	CONSTRAINT ck_dispute_judged_in_words CHECK (state NOT IN ('upheld', 'arbitration', 'granted', 'final') OR (judged_at IS NOT NULL AND judgement <> '')), 
	CONSTRAINT ck_dispute_arbitration_in_words CHECK (state NOT IN ('arbitration', 'final') OR (arbitration_at IS NOT NULL AND arbitration_words <> '')), 
	CONSTRAINT ck_dispute_settled_at_end CHECK ((state IN ('granted', 'final')) = (settled_at IS NOT NULL)), 
	CONSTRAINT ck_dispute_judge_named CHECK (judged_at IS NULL OR judged_by_user_id IS NOT NULL OR judged_by_id IS NOT NULL), 
	CONSTRAINT ck_dispute_judge_not_decider CHECK (judged_by_user_id <> decided_by_user_id), 
	CONSTRAINT ck_dispute_judge_another_person CHECK (judged_by_id <> decided_by_id), 
	CONSTRAINT ck_dispute_judge_not_volunteer CHECK (judged_by_id <> volunteer_id), 
	CONSTRAINT ck_dispute_recorded_anew_when_granted CHECK (new_record_id IS NULL OR state = 'granted'), 
	CONSTRAINT fk_dispute_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_dispute_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_dispute_volunteer_id_person FOREIGN KEY(volunteer_id) REFERENCES person (id), 
	CONSTRAINT fk_dispute_decided_by_user_id_user_account FOREIGN KEY(decided_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_dispute_decided_by_id_person FOREIGN KEY(decided_by_id) REFERENCES person (id), 
	CONSTRAINT fk_dispute_appealed_by_user_id_user_account FOREIGN KEY(appealed_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_dispute_judged_by_user_id_user_account FOREIGN KEY(judged_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_dispute_judged_by_id_person FOREIGN KEY(judged_by_id) REFERENCES person (id), 
	CONSTRAINT uq_dispute_new_record_id UNIQUE (new_record_id), 
	CONSTRAINT fk_dispute_new_record_id_service_record FOREIGN KEY(new_record_id) REFERENCES service_record (id)
)
-- next
CREATE INDEX ix_dispute_list ON dispute (community_id, state, due_on, id)
-- next
CREATE INDEX ix_dispute_record ON dispute (record_id, id)
-- next
CREATE INDEX ix_dispute_volunteer ON dispute (volunteer_id, id)
-- next
CREATE UNIQUE INDEX uq_dispute_under_way ON dispute (record_id) WHERE state IN ('open', 'appealed', 'upheld', 'arbitration')
-- next
CREATE FUNCTION dispute_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('appealed>granted', 'appealed>repaired', 'appealed>upheld', 'arbitration>final', 'arbitration>granted', 'arbitration>repaired', 'open>appealed', 'open>lapsed', 'open>repaired', 'upheld>arbitration', 'upheld>lapsed', 'upheld>repaired')) THEN
    RAISE EXCEPTION 'dispute_move' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.record_id::text IS DISTINCT FROM OLD.record_id::text OR NEW.volunteer_id::text IS DISTINCT FROM OLD.volunteer_id::text OR NEW.about::text IS DISTINCT FROM OLD.about::text OR NEW.opened_at::text IS DISTINCT FROM OLD.opened_at::text OR NEW.decided_by_user_id::text IS DISTINCT FROM OLD.decided_by_user_id::text OR NEW.decided_by_id::text IS DISTINCT FROM OLD.decided_by_id::text OR NEW.reason::text IS DISTINCT FROM OLD.reason::text)) THEN
    RAISE EXCEPTION 'dispute_begun' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.appealed_at IS NOT NULL AND (NEW.appealed_at::text IS DISTINCT FROM OLD.appealed_at::text OR NEW.appealed_by_user_id::text IS DISTINCT FROM OLD.appealed_by_user_id::text OR NEW.appeal_words::text IS DISTINCT FROM OLD.appeal_words::text)) THEN
    RAISE EXCEPTION 'dispute_words' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.judged_at IS NOT NULL AND (NEW.judged_at::text IS DISTINCT FROM OLD.judged_at::text OR NEW.judged_by_user_id::text IS DISTINCT FROM OLD.judged_by_user_id::text OR NEW.judged_by_id::text IS DISTINCT FROM OLD.judged_by_id::text OR NEW.judgement::text IS DISTINCT FROM OLD.judgement::text)) THEN
    RAISE EXCEPTION 'dispute_judgement' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((OLD.state = 'open' AND NEW.state = 'appealed' AND (NEW.appealed_at AT TIME ZONE 'Asia/Shanghai')::date > OLD.due_on) OR (OLD.state = 'upheld' AND NEW.state = 'arbitration' AND (NEW.arbitration_at AT TIME ZONE 'Asia/Shanghai')::date > OLD.due_on)) THEN
    RAISE EXCEPTION 'dispute_late' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state = 'arbitration' AND NEW.state IN ('granted', 'final') AND NOT (EXISTS (SELECT 1 FROM dispute_vote v WHERE v.dispute_id = NEW.id AND v.is_granted = (NEW.state = 'granted') AND v.is_alone) OR (SELECT count(*) FROM dispute_vote v WHERE v.dispute_id = NEW.id AND v.is_granted = (NEW.state = 'granted')) >= 2)) THEN
    RAISE EXCEPTION 'dispute_unvoted' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.judged_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM person p WHERE p.id = NEW.volunteer_id AND p.merged_into_id = NEW.judged_by_id)) THEN
    RAISE EXCEPTION 'dispute_judged_own' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'open') THEN
    RAISE EXCEPTION 'dispute_begins' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER dispute_guard BEFORE INSERT OR UPDATE ON dispute FOR EACH ROW EXECUTE FUNCTION dispute_guard()
-- next
CREATE OR REPLACE FUNCTION dispute_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'dispute_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER dispute_kept_delete BEFORE DELETE ON dispute FOR EACH ROW EXECUTE FUNCTION dispute_kept()
-- next
CREATE TRIGGER dispute_kept_truncate BEFORE TRUNCATE ON dispute FOR EACH STATEMENT EXECUTE FUNCTION dispute_kept()
-- next
CREATE TABLE bank_closing_waiver (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	month DATE NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	waived_by BIGINT NOT NULL, 
	waived_name VARCHAR(80) NOT NULL, 
	waived_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_bank_closing_waiver PRIMARY KEY (id), 
	CONSTRAINT uq_bank_closing_waiver_line_id_month_amount_fen UNIQUE (line_id, month, amount_fen), 
	CONSTRAINT ck_bank_closing_waiver_reason CHECK (reason <> ''), 
	CONSTRAINT ck_bank_closing_waiver_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000000), 
	CONSTRAINT fk_bank_closing_waiver_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_bank_closing_waiver_book_id_ledger_book FOREIGN KEY(book_id) REFERENCES ledger_book (id), 
	CONSTRAINT fk_bank_closing_waiver_line_id_bank_line FOREIGN KEY(line_id) REFERENCES bank_line (id), 
	CONSTRAINT fk_bank_closing_waiver_waived_by_user_account FOREIGN KEY(waived_by) REFERENCES user_account (id)
)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER bank_closing_waiver_no_change BEFORE UPDATE OR DELETE ON bank_closing_waiver
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER bank_closing_waiver_no_truncate BEFORE TRUNCATE ON bank_closing_waiver
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION bank_closing_waiver_other_hand() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM bank_allocation a WHERE a.line_id = NEW.line_id AND a.claimed_by = NEW.waived_by AND NOT a.is_automatic) OR EXISTS (SELECT 1 FROM bank_unclaimed u WHERE u.line_id = NEW.line_id AND u.owner_user_id = NEW.waived_by) OR NOT EXISTS (SELECT 1 FROM bank_line l JOIN bank_account b ON b.id = l.account_id WHERE l.id = NEW.line_id AND l.community_id = NEW.community_id AND b.book_id = NEW.book_id) THEN RAISE EXCEPTION 'bank_closing_waiver_other_hand' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER bank_closing_waiver_other_hand BEFORE INSERT ON bank_closing_waiver FOR EACH ROW EXECUTE FUNCTION bank_closing_waiver_other_hand()
-- next
CREATE TABLE care_undo_request (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	till_id BIGINT NOT NULL, 
	redemption_id BIGINT NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by_user_id BIGINT NOT NULL, 
	asked_by VARCHAR(60) NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	answered_by_user_id BIGINT, 
	answered_by VARCHAR(60) NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_care_undo_request PRIMARY KEY (id), 
	CONSTRAINT ck_care_undo_request_state_known CHECK (state IN ('waiting', 'agreed', 'dropped')), 
	CONSTRAINT ck_care_undo_request_for_a_reason CHECK (reason <> ''), 
	CONSTRAINT ck_care_undo_request_answered_once CHECK ((state = 'waiting') = (answered_at IS NULL)), 
	CONSTRAINT ck_care_undo_request_agreed_by_another CHECK (state <> 'agreed' OR (answered_by_user_id IS NOT NULL AND answered_by_user_id <> asked_by_user_id)), 
	CONSTRAINT fk_care_undo_request_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_undo_request_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_care_undo_request_till_id_care_till FOREIGN KEY(till_id) REFERENCES care_till (id), 
	CONSTRAINT fk_care_undo_request_redemption_id_redemption FOREIGN KEY(redemption_id) REFERENCES redemption (id), 
	CONSTRAINT fk_care_undo_request_asked_by_user_id_user_account FOREIGN KEY(asked_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_undo_request_answered_by_user_id_user_account FOREIGN KEY(answered_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_undo_request_centre_id_state ON care_undo_request (centre_id, state)
-- next
CREATE INDEX ix_care_undo_request_community_id ON care_undo_request (community_id)
-- next
CREATE INDEX ix_care_undo_request_redemption_id ON care_undo_request (redemption_id)
-- next
CREATE UNIQUE INDEX uq_care_undo_request_waiting ON care_undo_request (redemption_id) WHERE state = 'waiting'
-- next
CREATE FUNCTION care_undo_request_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.state <> 'waiting') THEN
    RAISE EXCEPTION 'care_undo_request_answered' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ((NEW.id::text IS DISTINCT FROM OLD.id::text OR NEW.community_id::text IS DISTINCT FROM OLD.community_id::text OR NEW.centre_id::text IS DISTINCT FROM OLD.centre_id::text OR NEW.till_id::text IS DISTINCT FROM OLD.till_id::text OR NEW.redemption_id::text IS DISTINCT FROM OLD.redemption_id::text OR NEW.reason::text IS DISTINCT FROM OLD.reason::text OR NEW.asked_by_user_id::text IS DISTINCT FROM OLD.asked_by_user_id::text OR NEW.asked_by::text IS DISTINCT FROM OLD.asked_by::text OR NEW.asked_at::text IS DISTINCT FROM OLD.asked_at::text)) THEN
    RAISE EXCEPTION 'care_undo_request_told' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (NEW.state <> 'waiting') THEN
    RAISE EXCEPTION 'care_undo_request_begins' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_undo_request_guard BEFORE INSERT OR UPDATE ON care_undo_request FOR EACH ROW EXECUTE FUNCTION care_undo_request_guard()
-- next
CREATE OR REPLACE FUNCTION care_undo_request_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN RAISE EXCEPTION 'care_undo_request_kept' USING ERRCODE = 'restrict_violation'; END $kept$
-- next
CREATE TRIGGER care_undo_request_kept_delete BEFORE DELETE ON care_undo_request FOR EACH ROW EXECUTE FUNCTION care_undo_request_kept()
-- next
CREATE TRIGGER care_undo_request_kept_truncate BEFORE TRUNCATE ON care_undo_request FOR EACH STATEMENT EXECUTE FUNCTION care_undo_request_kept()
-- next
CREATE TABLE register_item (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	batch_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	is_correction BOOLEAN NOT NULL, 
	CONSTRAINT pk_register_item PRIMARY KEY (id), 
	CONSTRAINT uq_register_item_record_id_is_correction UNIQUE (record_id, is_correction), 
	CONSTRAINT fk_register_item_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_register_item_batch_id_register_batch FOREIGN KEY(batch_id) REFERENCES register_batch (id), 
	CONSTRAINT fk_register_item_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id)
)
-- next
CREATE INDEX ix_register_item_batch_id_id ON register_item (batch_id, id)
-- next
CREATE FUNCTION register_item_unfit() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.record_id AND r.community_id = NEW.community_id AND r.state = CASE WHEN NEW.is_correction THEN 'unapproved' ELSE 'approved' END) OR (NEW.is_correction AND NOT EXISTS (SELECT 1 FROM register_item i WHERE i.record_id = NEW.record_id AND NOT i.is_correction)) THEN RAISE EXCEPTION 'register_item_unfit' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER register_item_unfit BEFORE INSERT ON register_item FOR EACH ROW EXECUTE FUNCTION register_item_unfit()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER register_item_no_change BEFORE UPDATE OR DELETE ON register_item
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER register_item_no_truncate BEFORE TRUNCATE ON register_item
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE visitor_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	till_id BIGINT NOT NULL, 
	transfer_id BIGINT NOT NULL, 
	service_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	quantity BIGINT NOT NULL, 
	unit_minutes BIGINT NOT NULL, 
	queue_number BIGINT NOT NULL, 
	slip_number VARCHAR(24) NOT NULL, 
	served_on DATE NOT NULL, 
	CONSTRAINT pk_visitor_line PRIMARY KEY (id), 
	CONSTRAINT uq_visitor_line_transfer_id_service_id UNIQUE (transfer_id, service_id), 
	CONSTRAINT ck_visitor_line_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_visitor_line_minutes_positive CHECK (unit_minutes > 0), 
	CONSTRAINT fk_visitor_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_visitor_line_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_visitor_line_till_id_care_till FOREIGN KEY(till_id) REFERENCES care_till (id), 
	CONSTRAINT fk_visitor_line_transfer_id_clearing_transfer FOREIGN KEY(transfer_id) REFERENCES clearing_transfer (id), 
	CONSTRAINT fk_visitor_line_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_visitor_line_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id)
)
-- next
CREATE INDEX ix_visitor_line_centre_id ON visitor_line (centre_id)
-- next
CREATE INDEX ix_visitor_line_service_id ON visitor_line (service_id)
-- next
CREATE INDEX ix_visitor_line_slip_number ON visitor_line (slip_number)
-- next
CREATE INDEX ix_visitor_line_till_id_served_on ON visitor_line (till_id, served_on)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER visitor_line_no_change BEFORE UPDATE OR DELETE ON visitor_line
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER visitor_line_no_truncate BEFORE TRUNCATE ON visitor_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION care_day_closed_visit() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_till t WHERE t.id = NEW.till_id FOR KEY SHARE;
  IF EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = NEW.till_id AND c.on_day = NEW.served_on AND c.state = 'closed') THEN RAISE EXCEPTION 'care_day_closed_visit' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_day_closed_visit BEFORE INSERT ON visitor_line FOR EACH ROW EXECUTE FUNCTION care_day_closed_visit()
-- next
CREATE FUNCTION visitor_line_benefits_off() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.is_benefit AND (SELECT w.is_off FROM care_benefit_switch w WHERE w.community_id = NEW.community_id ORDER BY w.id DESC LIMIT 1)) THEN RAISE EXCEPTION 'visitor_line_benefits_off' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER visitor_line_benefits_off BEFORE INSERT ON visitor_line FOR EACH ROW EXECUTE FUNCTION visitor_line_benefits_off()
-- next
CREATE FUNCTION visitor_line_service_day_insert() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT (FALSE) AND EXISTS (SELECT 1 FROM care_service s WHERE s.id = NEW.service_id AND s.weekdays <> 127 AND (s.weekdays_from IS NULL OR NEW.served_on >= s.weekdays_from) AND ((s.weekdays >> (extract(isodow FROM NEW.served_on)::int - 1)) & 1) = 0) THEN RAISE EXCEPTION 'visitor_line_service_day_insert' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER visitor_line_service_day_insert BEFORE INSERT ON visitor_line FOR EACH ROW EXECUTE FUNCTION visitor_line_service_day_insert()
-- next
CREATE TABLE presence_correction (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	presence_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	user_id BIGINT, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	started_before TIMESTAMP WITH TIME ZONE NOT NULL, 
	started_after TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_before TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_after TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_presence_correction PRIMARY KEY (id), 
	CONSTRAINT ck_presence_correction_reason_given CHECK (reason <> ''), 
	CONSTRAINT fk_presence_correction_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_presence_correction_presence_id_presence FOREIGN KEY(presence_id) REFERENCES presence (id), 
	CONSTRAINT fk_presence_correction_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_presence_correction_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_presence_correction_community_id ON presence_correction (community_id)
-- next
CREATE INDEX ix_presence_correction_presence ON presence_correction (presence_id, id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER presence_correction_no_change BEFORE UPDATE OR DELETE ON presence_correction
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER presence_correction_no_truncate BEFORE TRUNCATE ON presence_correction
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE ledger_proof (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	proved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	entries BIGINT NOT NULL, 
	wrong BIGINT NOT NULL, 
	findings JSON NOT NULL, 
	CONSTRAINT pk_ledger_proof PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_proof_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_ledger_proof_community_id_proved_at ON ledger_proof (community_id, proved_at)
-- next
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
-- next
CREATE FUNCTION ledger_enter_book(wanted_id bigint, of_community_id bigint, first_on date)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock_shared(7697680906059776 + wanted_id);
  IF NOT EXISTS (SELECT 1 FROM ledger_book b
                 WHERE b.id = wanted_id AND b.community_id = of_community_id) THEN
    RAISE EXCEPTION 'ledger_book_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_period p
             WHERE p.book_id = wanted_id AND p.through_on >= first_on) THEN
    RAISE EXCEPTION 'ledger_period_closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_check_reversal(new_id uuid, first_id uuid, of_book_id bigint, debt_id bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_entry o WHERE o.id = first_id AND o.reverses_id IS NULL
                 AND o.book_id = of_book_id) THEN
    RAISE EXCEPTION 'ledger_reversal_reversed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF debt_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ledger_account a JOIN ledger_entry e ON e.id = new_id AND e.asset = a.asset
    WHERE a.id = debt_id AND a.book_id = of_book_id AND a.kind = 'open') THEN
    RAISE EXCEPTION 'ledger_reversal_debt' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM (
      SELECT account_id, sum(debits) AS rest,
             sum(debits) FILTER (WHERE entry_id = first_id) AS first
      FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)
            UNION ALL
            SELECT entry_id, credit_id, -amount FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)) AS legs
      GROUP BY account_id) AS v
    JOIN ledger_account a ON a.id = v.account_id
    WHERE CASE
      WHEN v.account_id = debt_id THEN v.first <> 0
      WHEN debt_id IS NULL OR a.kind = 'open' THEN v.rest <> 0
      WHEN a.normal = 'debit' THEN v.rest NOT BETWEEN 0 AND GREATEST(v.first, 0)
      ELSE v.rest NOT BETWEEN LEAST(v.first, 0) AND 0 END) THEN
    RAISE EXCEPTION 'ledger_reversal_unequal' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_check_unspent(new_id uuid, first_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF EXISTS (
    SELECT 1 FROM (
      SELECT account_id, sum(debits) AS rest,
             sum(debits) FILTER (WHERE entry_id = first_id) AS first
      FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)
            UNION ALL
            SELECT entry_id, credit_id, -amount FROM ledger_transfer
              WHERE entry_id IN (new_id, first_id)) AS legs
      GROUP BY account_id) AS v
    JOIN ledger_balance b ON b.account_id = v.account_id
    WHERE v.rest <> 0 AND b.posted - b.held > b.floor) THEN
    RAISE EXCEPTION 'ledger_reversal_unspent' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_move_lots(by_entry_id uuid, of_account_id bigint, net bigint,
                                 reversed_id uuid, on_day date)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  need bigint := -net; part bigint; one record;
BEGIN
  IF net > 0 AND EXISTS (SELECT 1 FROM ledger_lot_use u JOIN ledger_lot l ON l.id = u.lot_id
                         WHERE u.entry_id = reversed_id AND l.account_id = of_account_id) THEN
    WITH given AS (
      INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
      SELECT by_entry_id, u.lot_id, -u.amount FROM ledger_lot_use u
      JOIN ledger_lot l ON l.id = u.lot_id
      WHERE u.entry_id = reversed_id AND l.account_id = of_account_id ORDER BY u.lot_id
      RETURNING lot_id, amount
    ), back AS (
      UPDATE ledger_lot l SET remaining = l.remaining - g.amount FROM given g
      WHERE l.id = g.lot_id RETURNING extract(year FROM l.earned_on) AS year, -g.amount AS amount)
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    SELECT of_account_id, year, sum(amount) FROM back GROUP BY year ORDER BY year
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN;
  END IF;
  IF net > 0 THEN
    INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
    VALUES (of_account_id, by_entry_id, on_day, net, net);
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    VALUES (of_account_id, extract(year FROM on_day), net)
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN;
  END IF;
  FOR one IN SELECT l.id, l.remaining, extract(year FROM l.earned_on) AS year FROM ledger_lot l
    WHERE l.account_id = of_account_id AND l.remaining > 0
    ORDER BY (l.entry_id IS NOT DISTINCT FROM reversed_id) DESC, l.earned_on, l.id
  LOOP
    part := LEAST(one.remaining, need);
    INSERT INTO ledger_lot_use (entry_id, lot_id, amount) VALUES (by_entry_id, one.id, part);
    UPDATE ledger_lot l SET remaining = l.remaining - part WHERE l.id = one.id;
    UPDATE ledger_cohort h SET remaining = h.remaining - part
      WHERE h.account_id = of_account_id AND h.year = one.year;
    need := need - part;
    EXIT WHEN need = 0;
  END LOOP;
  IF need > 0 THEN
    RAISE EXCEPTION 'ledger_lots_short' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_check_carried(by_entry_id uuid, carried_on date)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_lot_use u JOIN ledger_lot l ON l.id = u.lot_id
             WHERE u.entry_id = by_entry_id AND l.earned_on <> carried_on)
     OR EXISTS (SELECT 1 FROM ledger_transfer t
                JOIN ledger_account d ON d.id = t.debit_id
                JOIN ledger_account c ON c.id = t.credit_id
                WHERE t.entry_id = by_entry_id
                  AND (d.restriction IS NULL OR d.restriction IS DISTINCT FROM c.restriction)) THEN
    RAISE EXCEPTION 'ledger_lots_renewed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  entries bigint; lowest bigint; highest bigint; moved bigint; one record;
  born_erased boolean; reversals boolean; captures boolean; carries boolean; unequal boolean;
  ids bigint[]; nets bigint[]; lows bigint[];
  lot_numbers bigint[]; lot_entries uuid[]; lot_days date[]; lot_ids bigint[]; lot_nets bigint[];
BEGIN
  SELECT count(*), min(number), max(number), bool_or(length(salt) = 0),
         bool_or(reverses_id IS NOT NULL), bool_or(hold_id IS NOT NULL),
         bool_or(lots_on IS NOT NULL)
    INTO entries, lowest, highest, born_erased, reversals, captures, carries FROM sealed;
  IF entries = 0 THEN
    RETURN NULL;
  END IF;
  IF lowest < 1 OR highest <> currval('ledger_entry_number_seq') THEN
    RAISE EXCEPTION 'ledger_number' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF born_erased THEN
    RAISE EXCEPTION 'ledger_born_erased' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM ledger_enter_book(book_id, community_id, first_on) FROM (
    SELECT book_id, community_id, min(effective_on) AS first_on FROM sealed
    GROUP BY book_id, community_id ORDER BY book_id) AS books;
  WITH line AS MATERIALIZED (
    SELECT s.number, s.id, s.lines, s.effective_on, COALESCE(s.lots_on, s.effective_on) AS on_day,
           t.amount, d.id AS debit_id, c.id AS credit_id,
           d.community_id AS debit_of, d.kind AS debit_kind, d.normal AS debit_normal,
           d.restriction IS NOT NULL AS debit_lots,
           c.community_id AS credit_of, c.kind AS credit_kind, c.normal AS credit_normal,
           c.restriction IS NOT NULL AS credit_lots
    FROM sealed s
    LEFT JOIN ledger_transfer t ON t.entry_id = s.id AND t.lines = s.lines AND t.asset = s.asset
      AND t.book_id = s.book_id AND t.community_id = s.community_id
    LEFT JOIN ledger_account d ON d.id = t.debit_id AND d.book_id = t.book_id
      AND d.asset = t.asset
    LEFT JOIN ledger_account c ON c.id = t.credit_id AND c.book_id = t.book_id
      AND c.asset = t.asset
  ), own AS (
    SELECT l.number, l.id, l.effective_on, l.on_day, v.*
    FROM line l CROSS JOIN LATERAL (VALUES
      (l.debit_id, l.debit_of, l.debit_kind, l.debit_lots, l.amount, 0,
       CASE l.debit_normal WHEN 'debit' THEN l.amount ELSE -l.amount END),
      (l.credit_id, l.credit_of, l.credit_kind, l.credit_lots, 0, l.amount,
       CASE l.credit_normal WHEN 'debit' THEN -l.amount ELSE l.amount END)
    ) AS v(account_id, community_id, kind, has_lots, debit, credit, step)
  ), appended AS (
    INSERT INTO ledger_delta (account_id, community_id, on_day, debits, credits)
    SELECT account_id, community_id, effective_on, sum(debit), sum(credit) FROM own
    WHERE kind = 'open'
    GROUP BY account_id, community_id, effective_on ORDER BY account_id, effective_on
  ), net AS (
    SELECT number, id, on_day, account_id, has_lots, sum(step)::bigint AS net FROM own
    WHERE kind = 'bounded' GROUP BY number, id, on_day, account_id, has_lots
  ), run AS (
    SELECT *, sum(net) OVER (PARTITION BY account_id ORDER BY number) AS so_far FROM net
  ), per_account AS (
    SELECT account_id, sum(net)::bigint AS net, min(so_far)::bigint AS low
    FROM run GROUP BY account_id
  ), balances AS (
    SELECT array_agg(account_id ORDER BY account_id) AS ids,
           array_agg(net ORDER BY account_id) AS nets, array_agg(low ORDER BY account_id) AS lows
    FROM per_account
  ), lots AS (
    SELECT array_agg(number) AS numbers, array_agg(id) AS entries, array_agg(on_day) AS days,
           array_agg(account_id) AS ids, array_agg(net) AS nets
    FROM net WHERE has_lots AND net <> 0
  )
  SELECT EXISTS (SELECT 1 FROM line GROUP BY number, lines
                 HAVING count(debit_id + credit_id) <> lines),
         b.ids, b.nets, b.lows, l.numbers, l.entries, l.days, l.ids, l.nets
    INTO unequal, ids, nets, lows, lot_numbers, lot_entries, lot_days, lot_ids, lot_nets
    FROM balances b, lots l;
  IF unequal THEN
    RAISE EXCEPTION 'ledger_lines' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF cardinality(ids) > 1 THEN
    PERFORM 1 FROM ledger_balance b WHERE b.account_id = ANY (ids)
      ORDER BY b.account_id FOR UPDATE;
  END IF;
  IF reversals THEN
    PERFORM ledger_check_reversal(id, reverses_id, book_id, debt_account_id) FROM sealed
      WHERE reverses_id IS NOT NULL;
  END IF;
  IF captures THEN
    INSERT INTO ledger_hold_end (hold_id, community_id, outcome, entry_id, reason, ended_at,
                                 actor_user_id, actor_name, seal)
    SELECT hold_id, community_id, 'captured', id, '', recorded_at, actor_user_id, '', seal
    FROM sealed WHERE hold_id IS NOT NULL ORDER BY hold_id;
  END IF;
  IF entries > 1 AND EXISTS (
    SELECT 1 FROM unnest(ids, lows) AS v(account_id, low)
    JOIN ledger_balance b ON b.account_id = v.account_id
    WHERE b.posted + v.low - b.held < b.floor) THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET posted = b.posted + v.net
    FROM unnest(ids, nets) AS v(account_id, net) WHERE b.account_id = v.account_id AND b.frozen = 0;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> COALESCE(cardinality(ids), 0) THEN
    IF EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id = ANY (ids) AND b.frozen <> 0) THEN
      RAISE EXCEPTION 'ledger_frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RAISE EXCEPTION 'ledger_balance_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF reversals THEN
    PERFORM ledger_check_unspent(id, reverses_id) FROM sealed WHERE debt_account_id IS NOT NULL;
  END IF;
  IF lot_ids IS NULL AND NOT carries THEN
    RETURN NULL;
  END IF;
  IF NOT (reversals OR carries) AND 0 < ALL (lot_nets) THEN
    WITH added AS (
      INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
      SELECT v.account_id, v.entry_id, v.on_day, v.net, v.net
      FROM unnest(lot_numbers, lot_entries, lot_days, lot_ids, lot_nets)
        AS v(number, entry_id, on_day, account_id, net) ORDER BY v.number, v.account_id
      RETURNING account_id, extract(year FROM earned_on) AS year, remaining)
    INSERT INTO ledger_cohort AS h (account_id, year, remaining)
    SELECT account_id, year, sum(remaining) FROM added GROUP BY account_id, year
    ORDER BY account_id, year
    ON CONFLICT (account_id, year) DO UPDATE SET remaining = h.remaining + EXCLUDED.remaining;
    RETURN NULL;
  END IF;
  FOR one IN
    SELECT v.id, v.on_day, v.account_id, v.net, s.reverses_id
    FROM unnest(lot_numbers, lot_entries, lot_days, lot_ids, lot_nets)
      AS v(number, id, on_day, account_id, net)
    JOIN sealed s ON s.number = v.number ORDER BY v.number, v.account_id
  LOOP
    PERFORM ledger_move_lots(one.id, one.account_id, one.net, one.reverses_id, one.on_day);
  END LOOP;
  IF carries THEN
    PERFORM ledger_check_carried(id, lots_on) FROM sealed WHERE lots_on IS NOT NULL;
  END IF;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_freeze_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  UPDATE ledger_balance b SET frozen = NEW.frozen WHERE b.account_id = NEW.account_id
    AND b.community_id = NEW.community_id AND b.frozen <> NEW.frozen;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_freeze_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_account_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (NEW.id, NEW.community_id, 0, 0, NEW.floor);
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_hold_take() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  b record;
BEGIN
  SELECT * INTO b FROM ledger_balance WHERE account_id = NEW.account_id
    AND community_id = NEW.community_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_hold_unbounded' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF b.frozen <> 0 THEN
    RAISE EXCEPTION 'ledger_frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF b.posted - b.held - NEW.amount < b.floor THEN
    RAISE EXCEPTION 'ledger_floor' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_hold_free() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  h record; taken bigint;
BEGIN
  SELECT * INTO h FROM ledger_hold WHERE id = NEW.hold_id;
  IF NOT FOUND OR h.community_id <> NEW.community_id THEN
    RAISE EXCEPTION 'ledger_hold_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.outcome = 'captured' THEN
    IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND hold_id = NEW.hold_id
                   AND seal = NEW.seal) THEN
      RAISE EXCEPTION 'ledger_entry_sealed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF h.expires_at <= NEW.ended_at THEN
      RAISE EXCEPTION 'ledger_hold_expired' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT sum(CASE WHEN (t.debit_id = h.account_id) = (a.normal = 'debit')
                    THEN -t.amount ELSE t.amount END) INTO taken
      FROM ledger_transfer t JOIN ledger_account a ON a.id = h.account_id
      WHERE t.entry_id = NEW.entry_id AND h.account_id IN (t.debit_id, t.credit_id);
    IF taken IS NULL OR taken NOT BETWEEN 1 AND h.amount THEN
      RAISE EXCEPTION 'ledger_hold_exceeded' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  ELSIF NEW.outcome = 'expired' AND (h.expires_at IS NULL OR h.expires_at > NEW.ended_at) THEN
    RAISE EXCEPTION 'ledger_hold_not_due' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET held = b.held - h.amount WHERE b.account_id = h.account_id;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_entry_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  blank ledger_entry := OLD;
BEGIN
  blank.actor_name := ''; blank.memo := ''; blank.document := ''; blank.reason := '';
  blank.salt := ''::bytea;
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM blank AND length(OLD.salt) > 0
     AND EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = OLD.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
-- next
CREATE FUNCTION ledger_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  UPDATE ledger_entry SET actor_name = '', memo = '', document = '', reason = '', salt = ''
    WHERE id = NEW.entry_id AND community_id = NEW.community_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ledger_erasure_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_lock_balances(account_ids bigint[])
RETURNS TABLE (account_id bigint, posted bigint, held bigint, floor bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
  SELECT b.account_id, b.posted, b.held, b.floor FROM ledger_balance b
  WHERE b.account_id = ANY (account_ids) ORDER BY b.account_id FOR UPDATE
$body$
-- next
CREATE FUNCTION ledger_post(
  new_id uuid, of_community_id bigint, of_book_id bigint, of_asset text, of_kind text,
  on_day date, carried_on date, at timestamptz, user_id bigint,
  first_id uuid, captured_id uuid, debt_id bigint,
  by_name text, new_memo text, new_document text, new_reason text,
  new_salt bytea, new_words_hash bytea, new_seal bytea,
  debit_ids bigint[], credit_ids bigint[], amounts bigint[],
  OUT new_number bigint, OUT refusal text
) LANGUAGE plpgsql AS $body$
DECLARE
  rule text;
BEGIN
  PERFORM public.ledger_enter_book(of_book_id, of_community_id, on_day);
  PERFORM public.ledger_lock_balances(debit_ids || credit_ids);
  INSERT INTO public.ledger_transfer (community_id, book_id, entry_id, line, lines, asset, debit_id,
                               credit_id, amount)
  SELECT of_community_id, of_book_id, new_id, v.line, cardinality(amounts), of_asset, v.debit_id,
         v.credit_id, v.amount
  FROM unnest(debit_ids, credit_ids, amounts) WITH ORDINALITY
    AS v(debit_id, credit_id, amount, line);
  INSERT INTO public.ledger_entry (id, community_id, book_id, asset, lines, kind, effective_on,
                            lots_on, recorded_at, actor_user_id, reverses_id, hold_id,
                            debt_account_id, actor_name, memo, document, reason, salt, words_hash,
                            seal)
  VALUES (new_id, of_community_id, of_book_id, of_asset, cardinality(amounts), of_kind, on_day,
          carried_on, at, user_id, first_id, captured_id, debt_id,
          by_name, new_memo, new_document, new_reason, new_salt, new_words_hash, new_seal)
  RETURNING number INTO new_number;
EXCEPTION WHEN integrity_constraint_violation THEN
  GET STACKED DIAGNOSTICS refusal = MESSAGE_TEXT, rule = CONSTRAINT_NAME;
  refusal := refusal || ' ' || rule;
END $body$
-- next
CREATE FUNCTION ledger_measure(loaded bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF (SELECT reltuples FROM pg_class WHERE oid = 'ledger_entry'::regclass) < loaded THEN
    ANALYZE ledger_entry;
  END IF;
END $body$
-- next
CREATE FUNCTION ledger_lock_book(wanted_id bigint) RETURNS void LANGUAGE sql AS $body$
  SELECT pg_advisory_xact_lock(7697680906059776 + wanted_id)
$body$
-- next
CREATE FUNCTION ledger_number_voucher() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock(7697680906059776 + NEW.book_id);
  IF NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.entry_id
                 AND e.book_id = NEW.book_id
                 AND NEW.month = date_trunc('month', e.effective_on)::date) THEN
    RAISE EXCEPTION 'ledger_voucher_astray' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.number <> 1 + COALESCE((SELECT max(v.number) FROM ledger_voucher v
                                 WHERE v.book_id = NEW.book_id AND v.month = NEW.month), 0) THEN
    RAISE EXCEPTION 'ledger_voucher_gap' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $body$
-- next
CREATE FUNCTION ledger_close_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  last record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(7697680906059776 + NEW.book_id);
  SELECT COALESCE(max(p.number), 0) AS number, max(p.through_on) AS through_on INTO last
    FROM ledger_period p WHERE p.book_id = NEW.book_id;
  IF NEW.number <> last.number + 1 OR NEW.through_on <= last.through_on THEN
    RAISE EXCEPTION 'ledger_period_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.through_on >= (NEW.closed_at AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION 'ledger_period_not_over' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_entry e LEFT JOIN ledger_voucher v ON v.entry_id = e.id
             WHERE e.book_id = NEW.book_id AND e.effective_on <= NEW.through_on
             AND (last.through_on IS NULL OR e.effective_on > last.through_on)
             AND v.entry_id IS NULL) THEN
    RAISE EXCEPTION 'ledger_voucher_missing' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $body$
-- next
CREATE FUNCTION ledger_balances_on(of_book_id bigint, last_on date)
RETURNS TABLE (account_id bigint, posted bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $body$
  WITH later AS (
    SELECT v.account_id, sum(v.debits) AS debits FROM ledger_entry e
    JOIN ledger_transfer t ON t.entry_id = e.id
    CROSS JOIN LATERAL (VALUES (t.debit_id, t.amount), (t.credit_id, -t.amount))
      AS v(account_id, debits)
    WHERE e.book_id = of_book_id AND e.effective_on > last_on GROUP BY v.account_id
  ), daily AS (
    SELECT v.account_id, sum(v.debits - v.credits) AS debits FROM (
      SELECT d.account_id, d.on_day, d.debits, d.credits FROM ledger_day d
      UNION ALL
      SELECT x.account_id, x.on_day, x.debits, x.credits FROM ledger_delta x) AS v
    JOIN ledger_account a ON a.id = v.account_id AND a.book_id = of_book_id
    WHERE v.on_day <= last_on GROUP BY v.account_id
  )
  SELECT a.id, (CASE WHEN a.kind = 'bounded' THEN b.posted - s.sign * COALESCE(l.debits, 0)
                     ELSE s.sign * COALESCE(d.debits, 0) END)::bigint
  FROM ledger_account a
  CROSS JOIN LATERAL (SELECT CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END AS sign) AS s
  LEFT JOIN ledger_balance b ON b.account_id = a.id
  LEFT JOIN later l ON l.account_id = a.id
  LEFT JOIN daily d ON d.account_id = a.id
  WHERE a.book_id = of_book_id
$body$
-- next
CREATE FUNCTION ledger_write_checkpoints() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  INSERT INTO ledger_checkpoint (account_id, through_on, posted)
  SELECT now.account_id, NEW.through_on, now.posted
  FROM ledger_balances_on(NEW.book_id, NEW.through_on) AS now
  WHERE now.posted <> COALESCE(
    (SELECT c.posted FROM ledger_checkpoint c WHERE c.account_id = now.account_id
     ORDER BY c.through_on DESC LIMIT 1), 0);
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_add_leaves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(7698780417687552 + community_id)
    FROM (SELECT DISTINCT community_id FROM added ORDER BY community_id) AS communities;
  IF EXISTS (SELECT 1 FROM added l JOIN ledger_block b
             ON b.community_id = l.community_id AND b.number = l.block_number) THEN
    RAISE EXCEPTION 'ledger_block_sealed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_seal_block() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  before record; found record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'ledger_isolation' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(7698780417687552 + NEW.community_id);
  SELECT b.number, b.head INTO before FROM ledger_block b
    WHERE b.community_id = NEW.community_id AND b.number < NEW.number
    ORDER BY b.number DESC LIMIT 1;
  IF NEW.number <> COALESCE(before.number, 0) + 1
     OR NEW.previous_head IS DISTINCT FROM before.head THEN
    RAISE EXCEPTION 'ledger_block_order' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT count(*) AS leaves, max(l.position) AS last,
         count(*) FILTER (WHERE e.seal = l.leaf AND e.community_id = l.community_id) AS fit
    INTO found FROM ledger_block_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id
    WHERE l.community_id = NEW.community_id AND l.block_number = NEW.number;
  IF found.leaves <> NEW.leaves OR found.last <> NEW.leaves - 1 OR found.fit <> NEW.leaves THEN
    RAISE EXCEPTION 'ledger_block_leaves' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $body$
-- next
CREATE FUNCTION ledger_fold(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timebank.ledger_rebuild = 'on' AS $body$
DECLARE
  folded bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7699879929315328) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM ledger_delta WHERE id IN (SELECT id FROM ledger_delta ORDER BY id LIMIT most)
    RETURNING account_id, on_day, debits, credits
  ), written AS (
    INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT account_id, on_day, sum(debits), sum(credits) FROM taken
    GROUP BY account_id, on_day ORDER BY account_id, on_day
    ON CONFLICT (account_id, on_day) DO UPDATE
      SET debits = ledger_day.debits + EXCLUDED.debits,
          credits = ledger_day.credits + EXCLUDED.credits
  ), gathered AS (
    INSERT INTO ledger_month (account_id, month_on, debits, credits)
    SELECT account_id, date_trunc('month', on_day)::date AS month_on, sum(debits), sum(credits)
    FROM taken GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account_id, month_on) DO UPDATE
      SET debits = ledger_month.debits + EXCLUDED.debits,
          credits = ledger_month.credits + EXCLUDED.credits
  )
  SELECT count(*) INTO folded FROM taken;
  RETURN folded;
END $body$
-- next
CREATE FUNCTION ledger_rebuild_account(wanted_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timebank.ledger_rebuild = 'on' AS $body$
DECLARE
  a ledger_account; one record;
BEGIN
  SELECT * INTO STRICT a FROM ledger_account WHERE id = wanted_id;
  PERFORM pg_advisory_xact_lock(7697680906059776 + a.book_id);
  DELETE FROM ledger_delta WHERE account_id = wanted_id;
  DELETE FROM ledger_day WHERE account_id = wanted_id;
  DELETE FROM ledger_month WHERE account_id = wanted_id;
  DELETE FROM ledger_cohort WHERE account_id = wanted_id;
  DELETE FROM ledger_lot_use u USING ledger_lot l
    WHERE l.id = u.lot_id AND l.account_id = wanted_id;
  DELETE FROM ledger_lot WHERE account_id = wanted_id;
  IF a.kind = 'open' THEN
    DELETE FROM ledger_balance WHERE account_id = wanted_id;
    INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT wanted_id, e.effective_on,
           sum(CASE t.debit_id WHEN wanted_id THEN t.amount ELSE 0 END),
           sum(CASE t.credit_id WHEN wanted_id THEN t.amount ELSE 0 END)
    FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
    WHERE wanted_id IN (t.debit_id, t.credit_id) GROUP BY e.effective_on;
    INSERT INTO ledger_month (account_id, month_on, debits, credits)
    SELECT wanted_id, date_trunc('month', d.on_day)::date, sum(d.debits), sum(d.credits)
    FROM ledger_day d WHERE d.account_id = wanted_id GROUP BY 2;
    RETURN;
  END IF;
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (wanted_id, a.community_id, 0, 0, a.floor) ON CONFLICT (account_id) DO NOTHING;
  -- A hold takes no lock of the book: sums are read once nobody else can change what is held.
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = wanted_id FOR UPDATE;
  UPDATE ledger_balance b SET community_id = a.community_id, floor = a.floor,
    posted = COALESCE((SELECT sum(CASE WHEN (t.debit_id = wanted_id) = (a.normal = 'debit')
                                       THEN t.amount ELSE -t.amount END)
                       FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
                       WHERE wanted_id IN (t.debit_id, t.credit_id)), 0),
    held = COALESCE((SELECT sum(h.amount) FROM ledger_hold h
                     LEFT JOIN ledger_hold_end x ON x.hold_id = h.id
                     WHERE h.account_id = wanted_id AND x.hold_id IS NULL), 0),
    frozen = COALESCE((SELECT f.frozen FROM ledger_freeze f WHERE f.account_id = wanted_id
                       ORDER BY f.id DESC LIMIT 1), 0)
  WHERE b.account_id = wanted_id;
  IF a.restriction IS NULL THEN
    RETURN;
  END IF;
  FOR one IN
    SELECT e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on) AS on_day,
           sum(CASE t.credit_id WHEN wanted_id THEN t.amount ELSE -t.amount END)::bigint AS net
    FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id
    WHERE wanted_id IN (t.debit_id, t.credit_id)
    GROUP BY e.id, e.number, e.reverses_id, e.effective_on, e.lots_on ORDER BY e.number
  LOOP
    IF one.net <> 0 THEN
      PERFORM ledger_move_lots(one.id, wanted_id, one.net, one.reverses_id, one.on_day);
    END IF;
  END LOOP;
END $body$
-- next
CREATE FUNCTION ledger_hold_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  blank ledger_hold := OLD;
BEGIN
  blank.memo := ''; blank.actor_name := '';
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM blank AND OLD IS DISTINCT FROM blank
     AND EXISTS (SELECT 1 FROM ledger_hold_erasure WHERE hold_id = OLD.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
-- next
CREATE FUNCTION ledger_hold_end_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
  blank ledger_hold_end := OLD;
BEGIN
  blank.reason := ''; blank.actor_name := '';
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM blank AND OLD IS DISTINCT FROM blank
     AND EXISTS (SELECT 1 FROM ledger_hold_erasure WHERE hold_id = OLD.hold_id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger_immutable' USING ERRCODE = 'integrity_constraint_violation',
    DETAIL = TG_OP || ' on ' || TG_TABLE_NAME;
END $body$
-- next
CREATE FUNCTION ledger_hold_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger_hold h JOIN ledger_hold_end x ON x.hold_id = h.id
                 WHERE h.id = NEW.hold_id AND h.community_id = NEW.community_id) THEN
    RAISE EXCEPTION 'ledger_hold_erasure_astray'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_hold SET memo = '', actor_name = ''
    WHERE id = NEW.hold_id AND (memo <> '' OR actor_name <> '');
  UPDATE ledger_hold_end SET reason = '', actor_name = ''
    WHERE hold_id = NEW.hold_id AND (reason <> '' OR actor_name <> '');
  RETURN NULL;
END $body$
-- next
REVOKE ALL ON FUNCTION ledger_refuse FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_check_reversal FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_check_unspent FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_move_lots FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_check_carried FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_seal FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_freeze_apply FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_account_balance FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_hold_take FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_hold_free FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_entry_kept FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_erase FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_number_voucher FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_close_period FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_balances_on FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_write_checkpoints FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_add_leaves FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_seal_block FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_hold_kept FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_hold_end_kept FROM PUBLIC
-- next
REVOKE ALL ON FUNCTION ledger_hold_erase FROM PUBLIC
-- next
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry
REFERENCING NEW TABLE AS sealed FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal()
-- next
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW
EXECUTE FUNCTION ledger_entry_kept()
-- next
CREATE TRIGGER ledger_erasure_erase AFTER INSERT ON ledger_erasure FOR EACH ROW
EXECUTE FUNCTION ledger_erase()
-- next
CREATE TRIGGER ledger_account_balance AFTER INSERT ON ledger_account FOR EACH ROW
WHEN (NEW.kind = 'bounded') EXECUTE FUNCTION ledger_account_balance()
-- next
CREATE TRIGGER ledger_hold_take AFTER INSERT ON ledger_hold FOR EACH ROW
EXECUTE FUNCTION ledger_hold_take()
-- next
CREATE TRIGGER ledger_hold_free AFTER INSERT ON ledger_hold_end FOR EACH ROW
EXECUTE FUNCTION ledger_hold_free()
-- next
CREATE TRIGGER ledger_freeze_apply AFTER INSERT ON ledger_freeze FOR EACH ROW
EXECUTE FUNCTION ledger_freeze_apply()
-- next
CREATE TRIGGER ledger_voucher_number BEFORE INSERT ON ledger_voucher FOR EACH ROW
EXECUTE FUNCTION ledger_number_voucher()
-- next
CREATE TRIGGER ledger_period_close BEFORE INSERT ON ledger_period FOR EACH ROW
EXECUTE FUNCTION ledger_close_period()
-- next
CREATE TRIGGER ledger_period_checkpoints AFTER INSERT ON ledger_period FOR EACH ROW
EXECUTE FUNCTION ledger_write_checkpoints()
-- next
CREATE TRIGGER ledger_block_leaf_added AFTER INSERT ON ledger_block_leaf
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_add_leaves()
-- next
CREATE TRIGGER ledger_block_seal AFTER INSERT ON ledger_block FOR EACH ROW
EXECUTE FUNCTION ledger_seal_block()
-- next
CREATE TRIGGER ledger_hold_kept BEFORE UPDATE OR DELETE ON ledger_hold FOR EACH ROW EXECUTE FUNCTION ledger_hold_kept()
-- next
CREATE TRIGGER ledger_hold_end_kept BEFORE UPDATE OR DELETE ON ledger_hold_end FOR EACH ROW EXECUTE FUNCTION ledger_hold_end_kept()
-- next
CREATE TRIGGER ledger_hold_erasure_erase AFTER INSERT ON ledger_hold_erasure FOR EACH ROW
EXECUTE FUNCTION ledger_hold_erase()
-- next
CREATE TRIGGER ledger_book_immutable BEFORE UPDATE OR DELETE ON ledger_book FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_account_immutable BEFORE UPDATE OR DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_transfer_immutable BEFORE UPDATE OR DELETE ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_voucher_immutable BEFORE UPDATE OR DELETE ON ledger_voucher FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_period_immutable BEFORE UPDATE OR DELETE ON ledger_period FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_block_immutable BEFORE UPDATE OR DELETE ON ledger_block FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_block_leaf_immutable BEFORE UPDATE OR DELETE ON ledger_block_leaf FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_erasure_immutable BEFORE UPDATE OR DELETE ON ledger_erasure FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_hold_erasure_immutable BEFORE UPDATE OR DELETE ON ledger_hold_erasure FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_freeze_immutable BEFORE UPDATE OR DELETE ON ledger_freeze FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_proof_immutable BEFORE UPDATE OR DELETE ON ledger_proof FOR EACH ROW EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_book_no_truncate BEFORE TRUNCATE ON ledger_book FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_transfer_no_truncate BEFORE TRUNCATE ON ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_hold_no_truncate BEFORE TRUNCATE ON ledger_hold FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_hold_end_no_truncate BEFORE TRUNCATE ON ledger_hold_end FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_voucher_no_truncate BEFORE TRUNCATE ON ledger_voucher FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_period_no_truncate BEFORE TRUNCATE ON ledger_period FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_block_no_truncate BEFORE TRUNCATE ON ledger_block FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_block_leaf_no_truncate BEFORE TRUNCATE ON ledger_block_leaf FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_erasure_no_truncate BEFORE TRUNCATE ON ledger_erasure FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_hold_erasure_no_truncate BEFORE TRUNCATE ON ledger_hold_erasure FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_freeze_no_truncate BEFORE TRUNCATE ON ledger_freeze FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_proof_no_truncate BEFORE TRUNCATE ON ledger_proof FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_balance_no_truncate BEFORE TRUNCATE ON ledger_balance FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_lot_no_truncate BEFORE TRUNCATE ON ledger_lot FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_lot_use_no_truncate BEFORE TRUNCATE ON ledger_lot_use FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_day_no_truncate BEFORE TRUNCATE ON ledger_day FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_delta_no_truncate BEFORE TRUNCATE ON ledger_delta FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_month_no_truncate BEFORE TRUNCATE ON ledger_month FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_cohort_no_truncate BEFORE TRUNCATE ON ledger_cohort FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_checkpoint_no_truncate BEFORE TRUNCATE ON ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_balance_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_balance FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_lot_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_lot FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_lot_use_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_lot_use FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_day_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_day FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_delta_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_delta FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_month_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_month FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_cohort_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_cohort FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TRIGGER ledger_checkpoint_moved BEFORE INSERT OR UPDATE OR DELETE ON ledger_checkpoint FOR EACH ROW WHEN (pg_trigger_depth() < 1 AND current_setting('timebank.ledger_rebuild', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION ledger_refuse()
-- next
CREATE TABLE risk_reason (
	record_id BIGINT NOT NULL, 
	code VARCHAR(20) NOT NULL, 
	community_id BIGINT NOT NULL, 
	points BIGINT NOT NULL, 
	figures JSON NOT NULL, 
	record_ids JSON NOT NULL, 
	CONSTRAINT pk_risk_reason PRIMARY KEY (record_id, code), 
	CONSTRAINT ck_risk_reason_code_known CHECK (code IN ('overlap_recipient', 'overlap_served', 'reciprocal', 'pair_share', 'ring', 'speed', 'reviewer', 'confirmer', 'long_day', 'late', 'paper_code', 'offline', 'corrected')), 
	CONSTRAINT ck_risk_reason_points_in_range CHECK (points BETWEEN 1 AND 100), 
	CONSTRAINT fk_risk_reason_record_id_record_risk FOREIGN KEY(record_id) REFERENCES record_risk (record_id), 
	CONSTRAINT fk_risk_reason_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_risk_reason_code ON risk_reason (community_id, code, record_id)
-- next
CREATE TABLE clearing_origin (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	transfer_id BIGINT NOT NULL, 
	earned_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	CONSTRAINT pk_clearing_origin PRIMARY KEY (id), 
	CONSTRAINT uq_clearing_origin_transfer_id_earned_on UNIQUE (transfer_id, earned_on), 
	CONSTRAINT ck_clearing_origin_some_minutes CHECK (minutes > 0), 
	CONSTRAINT fk_clearing_origin_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_clearing_origin_transfer_id_clearing_transfer FOREIGN KEY(transfer_id) REFERENCES clearing_transfer (id)
)
-- next
CREATE INDEX ix_clearing_origin_community_id ON clearing_origin (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER clearing_origin_no_change BEFORE UPDATE OR DELETE ON clearing_origin
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER clearing_origin_no_truncate BEFORE TRUNCATE ON clearing_origin
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE cofund_claimed (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	claim_id UUID NOT NULL, 
	entry_id UUID NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	label VARCHAR(160) NOT NULL, 
	project_id BIGINT, 
	contribution_id BIGINT, 
	spending_request_id BIGINT, 
	refund_id BIGINT, 
	retention_move_id BIGINT, 
	income_id BIGINT, 
	household_id BIGINT, 
	payer VARCHAR(64) NOT NULL, 
	payer_name VARCHAR(64) NOT NULL, 
	subject VARCHAR(80) NOT NULL, 
	matched_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_cofund_claimed PRIMARY KEY (id), 
	CONSTRAINT ck_cofund_claimed_kind CHECK (kind IN ('receivable', 'share', 'recorded', 'spending', 'paid', 'refund', 'released', 'common_income', 'credit', 'credit_back')), 
	CONSTRAINT ck_cofund_claimed_amount_fen CHECK (amount_fen > 0), 
	CONSTRAINT ck_cofund_claimed_contribution CHECK ((contribution_id IS NOT NULL) = (kind IN ('receivable', 'share', 'recorded'))), 
	CONSTRAINT ck_cofund_claimed_spending CHECK ((spending_request_id IS NOT NULL) = (kind IN ('spending', 'paid'))), 
	CONSTRAINT ck_cofund_claimed_refund CHECK ((refund_id IS NOT NULL) = (kind = 'refund')), 
	CONSTRAINT ck_cofund_claimed_released CHECK ((retention_move_id IS NOT NULL) = (kind = 'released')), 
	CONSTRAINT ck_cofund_claimed_income CHECK ((income_id IS NOT NULL) = (kind = 'common_income')), 
	CONSTRAINT ck_cofund_claimed_credit CHECK (kind NOT IN ('credit', 'credit_back') OR household_id IS NOT NULL), 
	CONSTRAINT fk_cofund_claimed_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_cofund_claimed_line_id_bank_line FOREIGN KEY(line_id) REFERENCES bank_line (id), 
	CONSTRAINT uq_cofund_claimed_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_cofund_claimed_entry_id_bank_allocation FOREIGN KEY(entry_id) REFERENCES bank_allocation (entry_id), 
	CONSTRAINT fk_cofund_claimed_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_cofund_claimed_contribution_id_contribution FOREIGN KEY(contribution_id) REFERENCES contribution (id), 
	CONSTRAINT fk_cofund_claimed_spending_request_id_spending_request FOREIGN KEY(spending_request_id) REFERENCES spending_request (id), 
	CONSTRAINT fk_cofund_claimed_refund_id_project_refund FOREIGN KEY(refund_id) REFERENCES project_refund (id), 
	CONSTRAINT fk_cofund_claimed_retention_move_id_cofund_retention_move FOREIGN KEY(retention_move_id) REFERENCES cofund_retention_move (id), 
	CONSTRAINT fk_cofund_claimed_income_id_cofund_income FOREIGN KEY(income_id) REFERENCES cofund_income (id), 
	CONSTRAINT fk_cofund_claimed_household_id_household FOREIGN KEY(household_id) REFERENCES household (id)
)
-- next
CREATE INDEX ix_cofund_claimed_claim_id ON cofund_claimed (claim_id)
-- next
CREATE INDEX ix_cofund_claimed_household_id ON cofund_claimed (household_id)
-- next
CREATE INDEX ix_cofund_claimed_line_id ON cofund_claimed (line_id)
-- next
CREATE INDEX ix_cofund_claimed_payer ON cofund_claimed (community_id, payer) WHERE undone_at IS NULL
-- next
CREATE INDEX ix_cofund_claimed_payer_name ON cofund_claimed (community_id, payer_name) WHERE undone_at IS NULL
-- next
CREATE INDEX ix_cofund_claimed_project_id ON cofund_claimed (project_id)
-- next
CREATE UNIQUE INDEX uq_cofund_claimed_contribution_id_stands ON cofund_claimed (contribution_id) WHERE undone_at IS NULL
-- next
CREATE UNIQUE INDEX uq_cofund_claimed_income_id_stands ON cofund_claimed (income_id) WHERE undone_at IS NULL
-- next
CREATE UNIQUE INDEX uq_cofund_claimed_refund_id_stands ON cofund_claimed (refund_id) WHERE undone_at IS NULL
-- next
CREATE UNIQUE INDEX uq_cofund_claimed_retention_move_id_stands ON cofund_claimed (retention_move_id) WHERE undone_at IS NULL
-- next
CREATE UNIQUE INDEX uq_cofund_claimed_spending_request_id_stands ON cofund_claimed (spending_request_id) WHERE undone_at IS NULL
-- next
CREATE OR REPLACE FUNCTION claimed_part_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR NEW.line_id <> OLD.line_id OR NEW.claim_id <> OLD.claim_id OR NEW.entry_id <> OLD.entry_id OR NEW.kind <> OLD.kind OR NEW.amount_fen <> OLD.amount_fen OR NEW.community_id <> OLD.community_id OR NEW.subject <> OLD.subject THEN RAISE EXCEPTION 'claimed_part_keeps' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER claimed_part_keeps BEFORE UPDATE ON cofund_claimed FOR EACH ROW EXECUTE FUNCTION claimed_part_keeps()
-- next
CREATE OR REPLACE FUNCTION claimed_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'claimed_part_stays' USING ERRCODE = '23514'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER claimed_part_stays BEFORE DELETE ON cofund_claimed FOR EACH ROW EXECUTE FUNCTION claimed_part_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER claimed_part_stays_no_truncate BEFORE TRUNCATE ON cofund_claimed FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
-- next
CREATE TABLE dispute_vote (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	dispute_id BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	user_id BIGINT NOT NULL, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	is_granted BOOLEAN NOT NULL, 
	is_alone BOOLEAN NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_dispute_vote PRIMARY KEY (id), 
	CONSTRAINT uq_dispute_vote_dispute_id_user_id UNIQUE (dispute_id, user_id), 
	CONSTRAINT uq_dispute_vote_dispute_id_person_id UNIQUE (dispute_id, person_id), 
	CONSTRAINT ck_dispute_vote_words_given CHECK (words <> ''), 
	CONSTRAINT ck_dispute_vote_arbiter_named CHECK (user_id IS NOT NULL), 
	CONSTRAINT fk_dispute_vote_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_dispute_vote_dispute_id_dispute FOREIGN KEY(dispute_id) REFERENCES dispute (id), 
	CONSTRAINT fk_dispute_vote_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_dispute_vote_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE FUNCTION dispute_vote_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id AND d.state = 'arbitration')) THEN
    RAISE EXCEPTION 'dispute_vote_closed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND (EXISTS (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id AND (NEW.user_id IN (d.decided_by_user_id, d.judged_by_user_id, d.appealed_by_user_id) OR NEW.person_id IN (d.decided_by_id, d.judged_by_id, d.volunteer_id, (SELECT p.merged_into_id FROM person p WHERE p.id = d.volunteer_id))))) THEN
    RAISE EXCEPTION 'dispute_vote_own' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER dispute_vote_guard BEFORE INSERT OR UPDATE ON dispute_vote FOR EACH ROW EXECUTE FUNCTION dispute_vote_guard()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER dispute_vote_no_change BEFORE UPDATE OR DELETE ON dispute_vote
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER dispute_vote_no_truncate BEFORE TRUNCATE ON dispute_vote
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE record_exhibit (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	record_id BIGINT NOT NULL, 
	dispute_id BIGINT, 
	file_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	user_id BIGINT, 
	person_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_record_exhibit PRIMARY KEY (id), 
	CONSTRAINT uq_record_exhibit_record_id_number UNIQUE (record_id, number), 
	CONSTRAINT ck_record_exhibit_number_in_bounds CHECK (number BETWEEN 1 AND 12), 
	CONSTRAINT fk_record_exhibit_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_record_exhibit_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_record_exhibit_dispute_id_dispute FOREIGN KEY(dispute_id) REFERENCES dispute (id), 
	CONSTRAINT fk_record_exhibit_file_id_stored_file FOREIGN KEY(file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_record_exhibit_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_record_exhibit_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_record_exhibit_dispute ON record_exhibit (dispute_id)
-- next
CREATE INDEX ix_record_exhibit_file ON record_exhibit (file_id)
-- next
CREATE FUNCTION record_exhibit_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF TG_OP = 'INSERT' AND (NOT EXISTS (SELECT 1 FROM service_record r JOIN stored_file f ON f.community_id = r.community_id WHERE r.id = NEW.record_id AND f.id = NEW.file_id AND r.community_id = NEW.community_id) OR (NEW.dispute_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dispute d WHERE d.id = NEW.dispute_id AND d.record_id = NEW.record_id))) THEN
    RAISE EXCEPTION 'exhibit_elsewhere' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER record_exhibit_guard BEFORE INSERT OR UPDATE ON record_exhibit FOR EACH ROW EXECUTE FUNCTION record_exhibit_guard()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER record_exhibit_no_change BEFORE UPDATE OR DELETE ON record_exhibit
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER record_exhibit_no_truncate BEFORE TRUNCATE ON record_exhibit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_visit_undoing (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	centre_id BIGINT NOT NULL, 
	transfer_id BIGINT NOT NULL, 
	undone_by_user_id BIGINT NOT NULL, 
	undone_by VARCHAR(60) NOT NULL, 
	second_user_id BIGINT, 
	second VARCHAR(60) NOT NULL, 
	undone_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_care_visit_undoing PRIMARY KEY (id), 
	CONSTRAINT ck_care_visit_undoing_undone_by_two CHECK (second_user_id IS NULL OR second_user_id <> undone_by_user_id), 
	CONSTRAINT fk_care_visit_undoing_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_visit_undoing_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT uq_care_visit_undoing_transfer_id UNIQUE (transfer_id), 
	CONSTRAINT fk_care_visit_undoing_transfer_id_clearing_transfer FOREIGN KEY(transfer_id) REFERENCES clearing_transfer (id), 
	CONSTRAINT fk_care_visit_undoing_undone_by_user_id_user_account FOREIGN KEY(undone_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_visit_undoing_second_user_id_user_account FOREIGN KEY(second_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_visit_undoing_centre_id ON care_visit_undoing (centre_id)
-- next
CREATE INDEX ix_care_visit_undoing_community_id ON care_visit_undoing (community_id)
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_visit_undoing_no_change BEFORE UPDATE OR DELETE ON care_visit_undoing
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_visit_undoing_no_truncate BEFORE TRUNCATE ON care_visit_undoing
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION care_visit_undone_alone() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.second_user_id IS NULL AND ((SELECT SUM(v.quantity * v.unit_minutes) FROM visitor_line v WHERE v.transfer_id = NEW.transfer_id) > COALESCE((SELECT k.undo_alone_minutes_max FROM care_counter_rules k WHERE k.centre_id = NEW.centre_id ORDER BY k.version DESC LIMIT 1), 0) OR EXISTS (SELECT 1 FROM visitor_line v WHERE v.transfer_id = NEW.transfer_id AND EXISTS (SELECT 1 FROM care_day_close c WHERE c.till_id = v.till_id AND c.on_day = v.served_on AND c.state = 'closed'))) THEN RAISE EXCEPTION 'care_visit_undone_alone' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_visit_undone_alone BEFORE INSERT ON care_visit_undoing FOR EACH ROW EXECUTE FUNCTION care_visit_undone_alone()
-- next
CREATE TABLE care_settlement_line (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	settlement_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	redemption_line_id BIGINT, 
	visitor_line_id BIGINT, 
	service_id BIGINT NOT NULL, 
	price_id BIGINT NOT NULL, 
	on_day DATE NOT NULL, 
	quantity BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	CONSTRAINT pk_care_settlement_line PRIMARY KEY (id), 
	CONSTRAINT uq_care_settlement_line_settlement_id_number UNIQUE (settlement_id, number), 
	CONSTRAINT uq_care_settlement_line_kind_redemption_line_id UNIQUE (kind, redemption_line_id), 
	CONSTRAINT uq_care_settlement_line_kind_visitor_line_id UNIQUE (kind, visitor_line_id), 
	CONSTRAINT ck_care_settlement_line_kind_known CHECK (kind IN ('served', 'undone', 'visit', 'visit_undone')), 
	CONSTRAINT ck_care_settlement_line_from_a_slip CHECK ((kind IN ('served', 'undone')) = (redemption_line_id IS NOT NULL) AND (kind IN ('visit', 'visit_undone')) = (visitor_line_id IS NOT NULL)), 
	CONSTRAINT ck_care_settlement_line_sign_by_kind CHECK ((kind IN ('undone', 'visit_undone')) = (quantity < 0)), 
	CONSTRAINT fk_care_settlement_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_settlement_line_settlement_id_care_settlement FOREIGN KEY(settlement_id) REFERENCES care_settlement (id), 
	CONSTRAINT fk_care_settlement_line_redemption_line_id_redemption_line FOREIGN KEY(redemption_line_id) REFERENCES redemption_line (id), 
	CONSTRAINT fk_care_settlement_line_visitor_line_id_visitor_line FOREIGN KEY(visitor_line_id) REFERENCES visitor_line (id), 
	CONSTRAINT fk_care_settlement_line_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_care_settlement_line_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id)
)
-- next
CREATE INDEX ix_care_settlement_line_community_id ON care_settlement_line (community_id)
-- next
CREATE INDEX ix_care_settlement_line_price_id ON care_settlement_line (price_id)
-- next
CREATE INDEX ix_care_settlement_line_redemption_line_id ON care_settlement_line (redemption_line_id)
-- next
CREATE INDEX ix_care_settlement_line_service_id ON care_settlement_line (service_id)
-- next
CREATE INDEX ix_care_settlement_line_visitor_line_id ON care_settlement_line (visitor_line_id)
-- next
CREATE FUNCTION care_settlement_line_late() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_settlement s WHERE s.id = NEW.settlement_id FOR SHARE;
  IF EXISTS (SELECT 1 FROM care_settlement s WHERE s.id = NEW.settlement_id AND s.state <> 'drafted') THEN RAISE EXCEPTION 'care_settlement_line_late' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_line_late BEFORE INSERT ON care_settlement_line FOR EACH ROW EXECUTE FUNCTION care_settlement_line_late()
-- next
CREATE FUNCTION care_settlement_line_own() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.kind IN ('served', 'undone') AND NOT EXISTS (SELECT 1 FROM redemption_line r JOIN care_price p ON p.id = r.price_id WHERE r.id = NEW.redemption_line_id AND r.price_id = NEW.price_id AND r.service_id = NEW.service_id AND NEW.quantity = r.quantity * (CASE WHEN NEW.kind IN ('undone', 'visit_undone') THEN -1 ELSE 1 END) AND NEW.minutes = NEW.quantity * r.unit_minutes AND (NEW.amount_fen = NEW.quantity * COALESCE(p.money_note_fen, 0) OR (NEW.kind IN ('undone', 'visit_undone') AND NEW.amount_fen = 0))) THEN RAISE EXCEPTION 'care_settlement_line_own' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_line_own BEFORE INSERT ON care_settlement_line FOR EACH ROW EXECUTE FUNCTION care_settlement_line_own()
-- next
CREATE FUNCTION care_settlement_line_visit() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NEW.kind IN ('visit', 'visit_undone') AND NOT EXISTS (SELECT 1 FROM visitor_line r JOIN care_price p ON p.id = r.price_id WHERE r.id = NEW.visitor_line_id AND r.price_id = NEW.price_id AND r.service_id = NEW.service_id AND NEW.quantity = r.quantity * (CASE WHEN NEW.kind IN ('undone', 'visit_undone') THEN -1 ELSE 1 END) AND NEW.minutes = NEW.quantity * r.unit_minutes AND (NEW.amount_fen = NEW.quantity * COALESCE(p.money_note_fen, 0) OR (NEW.kind IN ('undone', 'visit_undone') AND NEW.amount_fen = 0))) THEN RAISE EXCEPTION 'care_settlement_line_visit' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_settlement_line_visit BEFORE INSERT ON care_settlement_line FOR EACH ROW EXECUTE FUNCTION care_settlement_line_visit()
-- next
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END
$$
-- next
CREATE TRIGGER care_settlement_line_no_change BEFORE UPDATE OR DELETE ON care_settlement_line
FOR EACH ROW EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER care_settlement_line_no_truncate BEFORE TRUNCATE ON care_settlement_line
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TABLE care_settlement_dispute (
	id BIGSERIAL NOT NULL, 
	community_id BIGINT NOT NULL, 
	settlement_id BIGINT NOT NULL, 
	line_id BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	raised_by_user_id BIGINT, 
	raised_by_person_id BIGINT, 
	raised_by VARCHAR(80) NOT NULL, 
	raised_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	outcome VARCHAR(8), 
	answer TEXT NOT NULL, 
	answered_by_user_id BIGINT, 
	answered_by VARCHAR(80) NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_care_settlement_dispute PRIMARY KEY (id), 
	CONSTRAINT ck_care_settlement_dispute_outcome_known CHECK (outcome IS NULL OR outcome IN ('kept', 'struck')), 
	CONSTRAINT ck_care_settlement_dispute_has_a_reason CHECK (reason <> ''), 
	CONSTRAINT ck_care_settlement_dispute_answered_whole CHECK ((outcome IS NULL) = (answered_at IS NULL) AND (outcome IS NULL) = (answered_by_user_id IS NULL) AND (outcome IS NULL) = (answer = '')), 
	CONSTRAINT ck_care_settlement_dispute_answered_by_another CHECK (answered_by_user_id IS NULL OR answered_by_user_id <> raised_by_user_id), 
	CONSTRAINT fk_care_settlement_dispute_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_settlement_dispute_settlement_id_care_settlement FOREIGN KEY(settlement_id) REFERENCES care_settlement (id), 
	CONSTRAINT uq_care_settlement_dispute_line_id UNIQUE (line_id), 
	CONSTRAINT fk_care_settlement_dispute_line_id_care_settlement_line FOREIGN KEY(line_id) REFERENCES care_settlement_line (id), 
	CONSTRAINT fk_care_settlement_dispute_raised_by_user_id_user_account FOREIGN KEY(raised_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_care_settlement_dispute_raised_by_person_id_person FOREIGN KEY(raised_by_person_id) REFERENCES person (id), 
	CONSTRAINT fk_care_settlement_dispute_answered_by_user_id_user_account FOREIGN KEY(answered_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_care_settlement_dispute_community_id ON care_settlement_dispute (community_id)
-- next
CREATE INDEX ix_care_settlement_dispute_settlement_id_outcome ON care_settlement_dispute (settlement_id, outcome)
-- next
CREATE FUNCTION care_dispute_late() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_settlement s WHERE s.id = NEW.settlement_id FOR SHARE;
  IF EXISTS (SELECT 1 FROM care_settlement s WHERE s.id = NEW.settlement_id AND s.state <> 'drafted') THEN RAISE EXCEPTION 'care_dispute_late' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_dispute_late BEFORE INSERT ON care_settlement_dispute FOR EACH ROW EXECUTE FUNCTION care_dispute_late()
-- next
CREATE FUNCTION care_dispute_kept() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  PERFORM 1 FROM care_settlement s WHERE s.id = NEW.settlement_id FOR SHARE;
  IF OLD.outcome IS NOT NULL OR NEW.line_id <> OLD.line_id OR NEW.reason <> OLD.reason OR NEW.settlement_id <> OLD.settlement_id OR EXISTS (SELECT 1 FROM care_settlement s WHERE s.id = NEW.settlement_id AND s.state <> 'drafted') THEN RAISE EXCEPTION 'care_dispute_kept' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_dispute_kept BEFORE UPDATE ON care_settlement_dispute FOR EACH ROW EXECUTE FUNCTION care_dispute_kept()
-- next
CREATE FUNCTION care_dispute_its_line() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM care_settlement_line l WHERE l.id = NEW.line_id AND l.settlement_id = NEW.settlement_id) THEN RAISE EXCEPTION 'care_dispute_its_line' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $guard$
-- next
CREATE TRIGGER care_dispute_its_line BEFORE INSERT ON care_settlement_dispute FOR EACH ROW EXECUTE FUNCTION care_dispute_its_line()
-- next
CREATE FUNCTION care_dispute_stays() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
  IF OLD.id IS NOT NULL THEN RAISE EXCEPTION 'care_dispute_stays' USING ERRCODE = 'check_violation'; END IF;
  RETURN OLD;
END $guard$
-- next
CREATE TRIGGER care_dispute_stays BEFORE DELETE ON care_settlement_dispute FOR EACH ROW EXECUTE FUNCTION care_dispute_stays()
-- next
CREATE OR REPLACE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN RAISE EXCEPTION '% is not emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $guard$
-- next
CREATE TRIGGER care_dispute_stays_no_truncate BEFORE TRUNCATE ON care_settlement_dispute FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()
