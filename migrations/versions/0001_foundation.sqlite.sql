CREATE TABLE login_throttle (
	key_digest VARCHAR(64) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	tries BIGINT NOT NULL, 
	tried_at DATETIME NOT NULL, 
	locked_until DATETIME, 
	CONSTRAINT pk_login_throttle PRIMARY KEY (key_digest), 
	CONSTRAINT ck_login_throttle_kind_known CHECK (kind IN ('account', 'address')), 
	CONSTRAINT ck_login_throttle_tries_counted CHECK (tries >= 0)
)
-- next
CREATE INDEX ix_login_throttle_tried_at ON login_throttle (tried_at)
-- next
CREATE TABLE community (
	id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
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
	"key" CHAR(32) NOT NULL, 
	endpoint VARCHAR(120) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	status BIGINT NOT NULL, 
	content_type VARCHAR(80) NOT NULL, 
	location VARCHAR(2000), 
	answer TEXT NOT NULL, 
	answered_at DATETIME NOT NULL, 
	CONSTRAINT pk_request_key PRIMARY KEY (actor_key, "key")
)
-- next
CREATE TABLE file_content (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_file_content PRIMARY KEY (id), 
	CONSTRAINT uq_file_content_community_id_sha256 UNIQUE (community_id, sha256), 
	CONSTRAINT ck_file_content_size_in_bounds CHECK (size_bytes > 0 AND size_bytes <= 5242880), 
	CONSTRAINT fk_file_content_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE grid (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_grid PRIMARY KEY (id), 
	CONSTRAINT uq_grid_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_grid_number_positive CHECK (number >= 1), 
	CONSTRAINT fk_grid_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE organisation (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
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
	staged_at DATETIME NOT NULL, 
	settled_at DATETIME, 
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
CREATE TABLE ledger_block (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	leaves BIGINT NOT NULL, 
	root BLOB NOT NULL, 
	previous_head BLOB, 
	head BLOB NOT NULL, 
	sealed_at DATETIME NOT NULL, 
	CONSTRAINT pk_ledger_block PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_block_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_ledger_block_number CHECK (number >= 1), 
	CONSTRAINT ck_ledger_block_leaves CHECK (leaves >= 1), 
	CONSTRAINT ck_ledger_block_chained CHECK ((number = 1) = (previous_head IS NULL)), 
	CONSTRAINT ck_ledger_block_root_length CHECK (length(root) = 32 AND typeof(root) = 'blob'), 
	CONSTRAINT ck_ledger_block_head_length CHECK (length(head) = 32 AND typeof(head) = 'blob'), 
	CONSTRAINT ck_ledger_block_number_whole CHECK (typeof(number) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_block_leaves_whole CHECK (typeof(leaves) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_block_sealed_at_moment CHECK (sealed_at IS NULL OR (sealed_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(sealed_at) IS substr(sealed_at, 1, 19))), 
	CONSTRAINT fk_ledger_block_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE ledger_book (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	code VARCHAR(60) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_book PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_book_community_id_code UNIQUE (community_id, code), 
	CONSTRAINT uq_ledger_book_id_community_id UNIQUE (id, community_id), 
	CONSTRAINT ck_ledger_book_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_book_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE service_kind (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
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
CREATE TABLE case_counter (
	community_id INTEGER NOT NULL, 
	year BIGINT NOT NULL, 
	last_number BIGINT NOT NULL, 
	CONSTRAINT pk_case_counter PRIMARY KEY (community_id, year), 
	CONSTRAINT ck_case_counter_last_number_not_negative CHECK (last_number >= 0), 
	CONSTRAINT fk_case_counter_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE job (
	id INTEGER NOT NULL, 
	community_id INTEGER, 
	name VARCHAR(60) NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	tries BIGINT NOT NULL, 
	run_at DATETIME NOT NULL, 
	lease_until DATETIME, 
	created_at DATETIME NOT NULL, 
	done_at DATETIME, 
	last_error VARCHAR(500), 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT ck_job_state_known CHECK (state IN ('queued', 'running', 'done', 'parked')), 
	CONSTRAINT ck_job_tries_counted CHECK (tries >= 0), 
	CONSTRAINT ck_job_lease_if_running CHECK ((state = 'running') = (lease_until IS NOT NULL)), 
	CONSTRAINT fk_job_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_job_key UNIQUE ("key")
)
-- next
CREATE INDEX ix_job_state_run_at_id ON job (state, run_at, id)
-- next
CREATE TABLE hours_pool (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	purpose TEXT NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	opened_at DATETIME NOT NULL, 
	opened_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_hours_pool PRIMARY KEY (id), 
	CONSTRAINT uq_hours_pool_community_id_name UNIQUE (community_id, name), 
	CONSTRAINT ck_hours_pool_named CHECK (length(name) > 0), 
	CONSTRAINT fk_hours_pool_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE care_centre (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	organisation_id INTEGER, 
	name VARCHAR(40) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	address VARCHAR(80) NOT NULL, 
	phone VARCHAR(20) NOT NULL, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	grid_id INTEGER NOT NULL, 
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
CREATE TABLE care_service (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	centre_id INTEGER NOT NULL, 
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
	is_active BOOLEAN NOT NULL, 
	position BIGINT NOT NULL, 
	CONSTRAINT pk_care_service PRIMARY KEY (id), 
	CONSTRAINT uq_care_service_centre_id_name UNIQUE (centre_id, name), 
	CONSTRAINT ck_care_service_class_known CHECK (service_class IN ('meal', 'bath', 'cleaning', 'emergency', 'medical', 'grooming', 'company', 'escort', 'culture', 'health_talk', 'legal_aid', 'fraud_prevention')), 
	CONSTRAINT ck_care_service_duration_in_a_day CHECK (duration_minutes BETWEEN 1 AND 1440), 
	CONSTRAINT ck_care_service_capacity_not_negative CHECK (day_capacity IS NULL OR day_capacity >= 0), 
	CONSTRAINT ck_care_service_day_limit_sensible CHECK (person_day_limit BETWEEN 1 AND 99), 
	CONSTRAINT fk_care_service_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_care_service_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id)
)
-- next
CREATE INDEX ix_care_service_community_id ON care_service (community_id)
-- next
CREATE TABLE slip_counter (
	centre_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	community_id INTEGER NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT pk_slip_counter PRIMARY KEY (centre_id, on_day), 
	CONSTRAINT fk_slip_counter_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_slip_counter_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_slip_counter_community_id ON slip_counter (community_id)
-- next
CREATE TABLE micro_grid (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	grid_id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
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
CREATE TRIGGER care_price_no_update BEFORE update ON care_price
BEGIN SELECT RAISE(ABORT, 'care_price is append-only'); END
-- next
CREATE TRIGGER care_price_no_delete BEFORE delete ON care_price
BEGIN SELECT RAISE(ABORT, 'care_price is append-only'); END
-- next
CREATE TRIGGER care_price_no_replace BEFORE INSERT ON care_price
WHEN EXISTS (SELECT 1 FROM care_price WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'care_price is append-only'); END
-- next
CREATE TABLE care_day (
	service_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	community_id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	micro_grid_id INTEGER NOT NULL, 
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
CREATE TABLE person (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	pinyin_initials VARCHAR(40) NOT NULL, 
	card_no VARCHAR(16), 
	sex VARCHAR(8), 
	born_on DATE, 
	household_id BIGINT, 
	micro_grid_id INTEGER, 
	phone TEXT, 
	phone_index VARCHAR(64), 
	phone_tail_index VARCHAR(64), 
	id_number TEXT, 
	id_index VARCHAR(64), 
	address TEXT, 
	is_active BOOLEAN NOT NULL, 
	CONSTRAINT pk_person PRIMARY KEY (id), 
	CONSTRAINT fk_person_household_id_micro_grid_id_household FOREIGN KEY(household_id, micro_grid_id) REFERENCES household (id, micro_grid_id), 
	CONSTRAINT uq_person_community_id_card_no UNIQUE (community_id, card_no), 
	CONSTRAINT uq_person_community_id_id_index UNIQUE (community_id, id_index), 
	CONSTRAINT ck_person_sex_known CHECK (sex IN ('female', 'male')), 
	CONSTRAINT ck_person_phone_indexed CHECK ((phone IS NULL) = (phone_index IS NULL) AND (phone IS NULL) = (phone_tail_index IS NULL)), 
	CONSTRAINT ck_person_id_number_indexed CHECK ((id_number IS NULL) = (id_index IS NULL)), 
	CONSTRAINT ck_person_household_placed CHECK (household_id IS NULL OR micro_grid_id IS NOT NULL), 
	CONSTRAINT fk_person_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_person_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id)
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
CREATE INDEX ix_person_micro_grid_id ON person (micro_grid_id)
-- next
CREATE TABLE user_account (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	login_name VARCHAR(40) NOT NULL, 
	password_hash VARCHAR(200) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	person_id INTEGER, 
	is_active BOOLEAN NOT NULL, 
	text_size VARCHAR(10) NOT NULL, 
	locale VARCHAR(12), 
	created_at DATETIME NOT NULL, 
	password_set_at DATETIME NOT NULL, 
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
	service_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	community_id INTEGER NOT NULL, 
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
CREATE TABLE member_card (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	card_no VARCHAR(16) NOT NULL, 
	serial BIGINT NOT NULL, 
	token TEXT NOT NULL, 
	token_digest VARCHAR(64) NOT NULL, 
	pin_hash VARCHAR(128), 
	pin_tries BIGINT NOT NULL, 
	locked_until DATETIME, 
	is_active BOOLEAN NOT NULL, 
	issued_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	close_reason TEXT NOT NULL, 
	CONSTRAINT pk_member_card PRIMARY KEY (id), 
	CONSTRAINT uq_member_card_community_id_card_no_serial UNIQUE (community_id, card_no, serial), 
	CONSTRAINT ck_member_card_serial_positive CHECK (serial >= 1), 
	CONSTRAINT ck_member_card_tries_not_negative CHECK (pin_tries >= 0), 
	CONSTRAINT ck_member_card_active_until_closed CHECK (is_active = (closed_at IS NULL)), 
	CONSTRAINT fk_member_card_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_member_card_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT uq_member_card_token_digest UNIQUE (token_digest)
)
-- next
CREATE INDEX ix_member_card_person_id ON member_card (person_id)
-- next
CREATE UNIQUE INDEX uq_member_card_active_person ON member_card (person_id) WHERE is_active
-- next
CREATE TABLE one_time_code (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	code_digest VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	"key" CHAR(32) NOT NULL, 
	person_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	centre_id INTEGER NOT NULL, 
	price_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	at_time VARCHAR(5) NOT NULL, 
	quantity BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	hold_id CHAR(32) NOT NULL, 
	booked_by VARCHAR(60) NOT NULL, 
	booked_at DATETIME NOT NULL, 
	resolved_at DATETIME, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_booking PRIMARY KEY (id), 
	CONSTRAINT ck_booking_state_known CHECK (state IN ('booked', 'redeemed', 'cancelled', 'no_show', 'released')), 
	CONSTRAINT ck_booking_quantity_sensible CHECK (quantity BETWEEN 1 AND 99), 
	CONSTRAINT ck_booking_minutes_positive CHECK (minutes > 0), 
	CONSTRAINT ck_booking_resolved_once CHECK ((state = 'booked') = (resolved_at IS NULL)), 
	CONSTRAINT fk_booking_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_booking_key UNIQUE ("key"), 
	CONSTRAINT fk_booking_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_booking_service_id_care_service FOREIGN KEY(service_id) REFERENCES care_service (id), 
	CONSTRAINT fk_booking_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT fk_booking_price_id_care_price FOREIGN KEY(price_id) REFERENCES care_price (id), 
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
CREATE TRIGGER booking_too_young_insert BEFORE INSERT ON booking WHEN true AND COALESCE((SELECT (CAST(strftime('%Y%m%d', date(NEW.booked_at, '+8 hours')) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.person_id), 0) < (SELECT p.redeem_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= date(NEW.booked_at, '+8 hours') ORDER BY p.in_force_on DESC LIMIT 1) BEGIN SELECT RAISE(ABORT, 'booking_too_young'); END
-- next
CREATE TABLE kinship (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	relative_id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	role VARCHAR(24) NOT NULL, 
	person_id INTEGER NOT NULL, 
	grid_id INTEGER, 
	building_id INTEGER, 
	micro_grid_id INTEGER, 
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
CREATE TABLE expiry_notice (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	due_on DATE NOT NULL, 
	days BIGINT NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at DATETIME NOT NULL, 
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
CREATE TRIGGER expiry_notice_no_update BEFORE update ON expiry_notice
BEGIN SELECT RAISE(ABORT, 'expiry_notice is append-only'); END
-- next
CREATE TRIGGER expiry_notice_no_delete BEFORE delete ON expiry_notice
BEGIN SELECT RAISE(ABORT, 'expiry_notice is append-only'); END
-- next
CREATE TRIGGER expiry_notice_no_replace BEFORE INSERT ON expiry_notice
WHEN EXISTS (SELECT 1 FROM expiry_notice WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'expiry_notice is append-only'); END
-- next
CREATE TABLE volunteer_profile (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	skills JSON NOT NULL, 
	languages JSON NOT NULL, 
	free_times JSON NOT NULL, 
	told_at DATETIME NOT NULL, 
	CONSTRAINT pk_volunteer_profile PRIMARY KEY (id), 
	CONSTRAINT fk_volunteer_profile_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_volunteer_profile_person_id UNIQUE (person_id), 
	CONSTRAINT fk_volunteer_profile_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_volunteer_profile_community_id ON volunteer_profile (community_id)
-- next
CREATE TABLE role_grant (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	scope_kind VARCHAR(12) NOT NULL, 
	scope_id BIGINT, 
	expires_on DATE NOT NULL, 
	granted_by INTEGER, 
	granted_at DATETIME NOT NULL, 
	revoked_by INTEGER, 
	revoked_at DATETIME, 
	CONSTRAINT pk_role_grant PRIMARY KEY (id), 
	CONSTRAINT ck_role_grant_role_known CHECK (role IN ('volunteer', 'elder', 'counter', 'centre_manager', 'finance', 'grid_officer', 'steward', 'community_admin', 'operator', 'auditor')), 
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
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	idle_seconds_max BIGINT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	address VARCHAR(64), 
	agent VARCHAR(160) NOT NULL, 
	ended_at DATETIME, 
	end_reason VARCHAR(20), 
	CONSTRAINT pk_login_session PRIMARY KEY (id), 
	CONSTRAINT ck_login_session_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)), 
	CONSTRAINT fk_login_session_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_login_session_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_login_session_token_hash UNIQUE (token_hash)
)
-- next
CREATE INDEX ix_login_session_user_id ON login_session (user_id, ended_at)
-- next
CREATE TABLE api_token (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	prefix VARCHAR(12) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	scopes JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	CONSTRAINT pk_api_token PRIMARY KEY (id), 
	CONSTRAINT fk_api_token_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_api_token_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash)
)
-- next
CREATE INDEX ix_api_token_user_id ON api_token (user_id)
-- next
CREATE TABLE trail_event (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor_user_id INTEGER, 
	actor_person_id INTEGER, 
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
CREATE TRIGGER trail_event_no_update BEFORE update ON trail_event
BEGIN SELECT RAISE(ABORT, 'trail_event is append-only'); END
-- next
CREATE TRIGGER trail_event_no_delete BEFORE delete ON trail_event
BEGIN SELECT RAISE(ABORT, 'trail_event is append-only'); END
-- next
CREATE TRIGGER trail_event_no_replace BEFORE INSERT ON trail_event
WHEN EXISTS (SELECT 1 FROM trail_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'trail_event is append-only'); END
-- next
CREATE TABLE person_look (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	person_id INTEGER NOT NULL, 
	actor_user_id INTEGER, 
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
CREATE TRIGGER person_look_no_update BEFORE update ON person_look
BEGIN SELECT RAISE(ABORT, 'person_look is append-only'); END
-- next
CREATE TRIGGER person_look_no_delete BEFORE delete ON person_look
BEGIN SELECT RAISE(ABORT, 'person_look is append-only'); END
-- next
CREATE TRIGGER person_look_no_replace BEFORE INSERT ON person_look
WHEN EXISTS (SELECT 1 FROM person_look WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'person_look is append-only'); END
-- next
CREATE TABLE stored_file (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	content_id INTEGER NOT NULL, 
	media_type VARCHAR(80) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	purpose VARCHAR(40) NOT NULL, 
	stored_by INTEGER, 
	stored_at DATETIME NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (id), 
	CONSTRAINT fk_stored_file_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_stored_file_content_id_file_content FOREIGN KEY(content_id) REFERENCES file_content (id), 
	CONSTRAINT fk_stored_file_stored_by_user_account FOREIGN KEY(stored_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_stored_file_content_id ON stored_file (content_id)
-- next
CREATE TABLE hours_policy (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
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
	allows_gifts BOOLEAN DEFAULT 0 NOT NULL, 
	expiry_months BIGINT, 
	drafted_at DATETIME NOT NULL, 
	drafted_by_user_id INTEGER, 
	drafted_by_id INTEGER, 
	drafted_by_name VARCHAR(80) NOT NULL, 
	simulated_at DATETIME, 
	approved_at DATETIME, 
	approved_on DATE, 
	approved_by_user_id INTEGER, 
	approved_by_id INTEGER, 
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
CREATE TRIGGER hours_policy_settled_update BEFORE UPDATE ON hours_policy WHEN OLD.state IN ('approved', 'discarded') BEGIN SELECT RAISE(ABORT, 'hours_policy_settled'); END
-- next
CREATE TRIGGER hours_policy_move_update BEFORE UPDATE ON hours_policy WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>simulated', 'simulated>simulated', 'simulated>draft', 'simulated>approved', 'draft>discarded', 'simulated>discarded') BEGIN SELECT RAISE(ABORT, 'hours_policy_move'); END
-- next
CREATE TRIGGER hours_policy_drafter_update BEFORE UPDATE ON hours_policy WHEN COALESCE(CAST(NEW.community_id AS text), '') <> COALESCE(CAST(OLD.community_id AS text), '') OR COALESCE(CAST(NEW.version AS text), '') <> COALESCE(CAST(OLD.version AS text), '') OR COALESCE(CAST(NEW.drafted_at AS text), '') <> COALESCE(CAST(OLD.drafted_at AS text), '') OR COALESCE(CAST(NEW.drafted_by_user_id AS text), '') <> COALESCE(CAST(OLD.drafted_by_user_id AS text), '') OR COALESCE(CAST(NEW.drafted_by_id AS text), '') <> COALESCE(CAST(OLD.drafted_by_id AS text), '') BEGIN SELECT RAISE(ABORT, 'hours_policy_drafter'); END
-- next
CREATE TRIGGER hours_policy_unsimulated_update BEFORE UPDATE ON hours_policy WHEN NEW.state IN ('simulated', 'approved') AND (COALESCE(CAST(NEW.rate_percent AS text), '') <> COALESCE(CAST(OLD.rate_percent AS text), '') OR COALESCE(CAST(NEW.rounding_minutes AS text), '') <> COALESCE(CAST(OLD.rounding_minutes AS text), '') OR COALESCE(CAST(NEW.late_days AS text), '') <> COALESCE(CAST(OLD.late_days AS text), '') OR COALESCE(CAST(NEW.earn_age_min AS text), '') <> COALESCE(CAST(OLD.earn_age_min AS text), '') OR COALESCE(CAST(NEW.guardian_below_age AS text), '') <> COALESCE(CAST(OLD.guardian_below_age AS text), '') OR COALESCE(CAST(NEW.day_minutes_max AS text), '') <> COALESCE(CAST(OLD.day_minutes_max AS text), '') OR COALESCE(CAST(NEW.month_minutes_max AS text), '') <> COALESCE(CAST(OLD.month_minutes_max AS text), '') OR COALESCE(CAST(NEW.pair_minutes_max AS text), '') <> COALESCE(CAST(OLD.pair_minutes_max AS text), '') OR COALESCE(CAST(NEW.lifetime_minutes_max AS text), '') <> COALESCE(CAST(OLD.lifetime_minutes_max AS text), '') OR COALESCE(CAST(NEW.excess AS text), '') <> COALESCE(CAST(OLD.excess AS text), '') OR COALESCE(CAST(NEW.redeem_age_min AS text), '') <> COALESCE(CAST(OLD.redeem_age_min AS text), '') OR COALESCE(CAST(NEW.redeem_minutes_min AS text), '') <> COALESCE(CAST(OLD.redeem_minutes_min AS text), '') OR COALESCE(CAST(NEW.circle AS text), '') <> COALESCE(CAST(OLD.circle AS text), '') OR COALESCE(CAST(NEW.allows_gifts AS text), '') <> COALESCE(CAST(OLD.allows_gifts AS text), '') OR COALESCE(CAST(NEW.expiry_months AS text), '') <> COALESCE(CAST(OLD.expiry_months AS text), '') OR COALESCE(CAST(NEW.in_force_on AS text), '') <> COALESCE(CAST(OLD.in_force_on AS text), '') OR COALESCE(CAST(NEW.note AS text), '') <> COALESCE(CAST(OLD.note AS text), '') OR COALESCE(CAST(NEW.preset AS text), '') <> COALESCE(CAST(OLD.preset AS text), '')) BEGIN SELECT RAISE(ABORT, 'hours_policy_unsimulated'); END
-- next
CREATE TRIGGER hours_policy_begins_insert BEFORE INSERT ON hours_policy WHEN NEW.state <> 'draft' AND NEW.version <> 1 BEGIN SELECT RAISE(ABORT, 'hours_policy_begins'); END
-- next
CREATE TRIGGER hours_policy_kept_delete BEFORE DELETE ON hours_policy WHEN 1 BEGIN SELECT RAISE(ABORT, 'hours_policy_kept'); END
-- next
CREATE TRIGGER hours_policy_kept_insert BEFORE INSERT ON hours_policy WHEN EXISTS (SELECT 1 FROM hours_policy p WHERE p.id = NEW.id OR (p.community_id = NEW.community_id AND p.version = NEW.version)) BEGIN SELECT RAISE(ABORT, 'hours_policy_kept'); END
-- next
CREATE TABLE case_file (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	number VARCHAR(16) NOT NULL, 
	source VARCHAR(16) NOT NULL, 
	category VARCHAR(16) NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	description TEXT NOT NULL, 
	origin VARCHAR(80) NOT NULL, 
	micro_grid_id INTEGER NOT NULL, 
	place_text VARCHAR(80) NOT NULL, 
	reporter_person_id INTEGER, 
	reporter_name TEXT, 
	reporter_phone TEXT, 
	registered_by_user_id INTEGER, 
	registered_at DATETIME NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	holder_user_id INTEGER, 
	holder_person_id INTEGER, 
	holder_name VARCHAR(40), 
	outcome VARCHAR(16), 
	answer VARCHAR(16), 
	asked JSON, 
	paused_until DATETIME, 
	feedback_tries BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	round BIGINT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	is_provisional BOOLEAN NOT NULL, 
	step VARCHAR(16), 
	order_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	respond_started_at DATETIME, 
	respond_due_at DATETIME, 
	respond_done_at DATETIME, 
	respond_why JSON, 
	claim_started_at DATETIME, 
	claim_due_at DATETIME, 
	claim_done_at DATETIME, 
	claim_why JSON, 
	resolve_started_at DATETIME, 
	resolve_due_at DATETIME, 
	resolve_done_at DATETIME, 
	resolve_why JSON, 
	feed_back_started_at DATETIME, 
	feed_back_due_at DATETIME, 
	feed_back_done_at DATETIME, 
	feed_back_why JSON, 
	CONSTRAINT pk_case_file PRIMARY KEY (id), 
	CONSTRAINT uq_case_file_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT uq_case_file_community_id_number UNIQUE (community_id, number), 
	CONSTRAINT ck_case_file_source_known CHECK (source IN ('assigned', 'reported', 'patrol')), 
	CONSTRAINT ck_case_file_category_known CHECK (category IN ('fire_safety', 'facilities', 'sanitation', 'fumes_noise', 'parking', 'street_order', 'dispute', 'care', 'other')), 
	CONSTRAINT ck_case_file_state_known CHECK (state IN ('registered', 'responded', 'claimed', 'resolved', 'fed_back', 'closed', 'cancelled', 'rejected')), 
	CONSTRAINT ck_case_file_outcome_known CHECK (outcome IS NULL OR outcome IN ('solved', 'explained', 'cannot')), 
	CONSTRAINT ck_case_file_answer_known CHECK (answer IS NULL OR answer IN ('solved', 'unsolved', 'unreachable')), 
	CONSTRAINT ck_case_file_step_known CHECK (step IS NULL OR step IN ('respond', 'claim', 'resolve', 'feed_back')), 
	CONSTRAINT ck_case_file_counted_from_one CHECK (version >= 1 AND round >= 1 AND serial >= 1), 
	CONSTRAINT ck_case_file_held_once_claimed CHECK ((state IN ('claimed', 'resolved', 'fed_back', 'closed')) = (holder_name IS NOT NULL)), 
	CONSTRAINT ck_case_file_respond_ordered CHECK (respond_done_at IS NULL OR respond_done_at >= respond_started_at), 
	CONSTRAINT ck_case_file_resolve_ordered CHECK (resolve_done_at IS NULL OR resolve_done_at >= resolve_started_at), 
	CONSTRAINT fk_case_file_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_case_file_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_case_file_reporter_person_id_person FOREIGN KEY(reporter_person_id) REFERENCES person (id), 
	CONSTRAINT fk_case_file_registered_by_user_id_user_account FOREIGN KEY(registered_by_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_file_holder_user_id_user_account FOREIGN KEY(holder_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_case_file_holder_person_id_person FOREIGN KEY(holder_person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_case_file_community_id_holder_user_id_order_at ON case_file (community_id, holder_user_id, order_at)
-- next
CREATE INDEX ix_case_file_community_id_order_at_id ON case_file (community_id, order_at, id)
-- next
CREATE INDEX ix_case_file_micro_grid_id_order_at_id ON case_file (micro_grid_id, order_at, id)
-- next
CREATE INDEX ix_case_file_provisional ON case_file (community_id, id) WHERE is_provisional
-- next
CREATE INDEX ix_case_file_reporter_person_id ON case_file (reporter_person_id)
-- next
CREATE TABLE deadline_policy (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	version BIGINT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	in_force_on DATE NOT NULL, 
	note TEXT NOT NULL, 
	rolls VARCHAR(12) NOT NULL, 
	morning_from BIGINT NOT NULL, 
	morning_until BIGINT NOT NULL, 
	afternoon_from BIGINT, 
	afternoon_until BIGINT, 
	drafted_at DATETIME NOT NULL, 
	drafted_by_user_id INTEGER, 
	drafted_by_id INTEGER, 
	drafted_by_name VARCHAR(80) NOT NULL, 
	approved_at DATETIME, 
	approved_on DATE, 
	approved_by_user_id INTEGER, 
	approved_by_id INTEGER, 
	approved_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_deadline_policy PRIMARY KEY (id), 
	CONSTRAINT uq_deadline_policy_community_id_version UNIQUE (community_id, version), 
	CONSTRAINT ck_deadline_policy_version_after_the_house CHECK (version > 1), 
	CONSTRAINT ck_deadline_policy_state_known CHECK (state IN ('draft', 'approved', 'discarded')), 
	CONSTRAINT ck_deadline_policy_rolls_known CHECK (rolls IN ('never', 'holidays', 'rest_days')), 
	CONSTRAINT ck_deadline_policy_morning_in_order CHECK (0 <= morning_from AND morning_from < morning_until AND morning_until <= 1440), 
	CONSTRAINT ck_deadline_policy_afternoon_in_order CHECK ((afternoon_from IS NULL AND afternoon_until IS NULL) OR (afternoon_from IS NOT NULL AND morning_until < afternoon_from AND afternoon_from < afternoon_until AND afternoon_until <= 1440)), 
	CONSTRAINT ck_deadline_policy_approved_by_two CHECK (state <> 'approved' OR (drafted_by_user_id IS NOT NULL AND approved_at IS NOT NULL AND approved_by_user_id IS NOT NULL AND in_force_on >= approved_on)), 
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
CREATE TRIGGER deadline_policy_settled_update BEFORE UPDATE ON deadline_policy WHEN OLD.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'deadline_policy_settled'); END
-- next
CREATE TRIGGER deadline_policy_drafter_update BEFORE UPDATE ON deadline_policy WHEN NEW.community_id <> OLD.community_id OR NEW.version <> OLD.version OR COALESCE(NEW.drafted_by_user_id, 0) <> COALESCE(OLD.drafted_by_user_id, 0) OR COALESCE(NEW.drafted_by_id, 0) <> COALESCE(OLD.drafted_by_id, 0) BEGIN SELECT RAISE(ABORT, 'deadline_policy_drafter'); END
-- next
CREATE TRIGGER deadline_policy_begins_insert BEFORE INSERT ON deadline_policy WHEN NEW.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'deadline_policy_begins'); END
-- next
CREATE TRIGGER deadline_policy_kept_delete BEFORE DELETE ON deadline_policy WHEN 1 BEGIN SELECT RAISE(ABORT, 'deadline_policy_kept'); END
-- next
CREATE TRIGGER deadline_policy_kept_insert BEFORE INSERT ON deadline_policy WHEN EXISTS (SELECT 1 FROM deadline_policy p WHERE p.id = NEW.id OR (p.community_id = NEW.community_id AND p.version = NEW.version)) BEGIN SELECT RAISE(ABORT, 'deadline_policy_kept'); END
-- next
CREATE TABLE work_year (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	year BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	loaded_at DATETIME NOT NULL, 
	loaded_by_user_id INTEGER, 
	loaded_by_name VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_work_year PRIMARY KEY (id), 
	CONSTRAINT uq_work_year_community_id_year_version UNIQUE (community_id, year, version), 
	CONSTRAINT ck_work_year_counted CHECK (version > 0 AND year BETWEEN 2000 AND 2200), 
	CONSTRAINT ck_work_year_source_named CHECK (length(source) > 0), 
	CONSTRAINT fk_work_year_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_work_year_loaded_by_user_id_user_account FOREIGN KEY(loaded_by_user_id) REFERENCES user_account (id)
)
-- next
CREATE TRIGGER work_year_no_update BEFORE update ON work_year
BEGIN SELECT RAISE(ABORT, 'work_year is append-only'); END
-- next
CREATE TRIGGER work_year_no_delete BEFORE delete ON work_year
BEGIN SELECT RAISE(ABORT, 'work_year is append-only'); END
-- next
CREATE TRIGGER work_year_no_replace BEFORE INSERT ON work_year
WHEN EXISTS (SELECT 1 FROM work_year WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'work_year is append-only'); END
-- next
CREATE TABLE ledger_period (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	book_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	through_on DATE NOT NULL, 
	closed_at DATETIME NOT NULL, 
	actor_user_id INTEGER, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_period PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_period_book_id_community_id_ledger_book FOREIGN KEY(book_id, community_id) REFERENCES ledger_book (id, community_id), 
	CONSTRAINT uq_ledger_period_book_id_number UNIQUE (book_id, number), 
	CONSTRAINT uq_ledger_period_book_id_through_on UNIQUE (book_id, through_on), 
	CONSTRAINT ck_ledger_period_number CHECK (number >= 1), 
	CONSTRAINT ck_ledger_period_through_on_day CHECK ((typeof(through_on) = 'text' AND through_on IS date(through_on) AND through_on BETWEEN '1900-01-01' AND '2999-12-31')), 
	CONSTRAINT ck_ledger_period_closed_at_moment CHECK (closed_at IS NULL OR (closed_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(closed_at) IS substr(closed_at, 1, 19))), 
	CONSTRAINT ck_ledger_period_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_period_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_period_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE family_wallet (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	giver_id INTEGER NOT NULL, 
	receiver_id INTEGER NOT NULL, 
	month_minutes_max BIGINT NOT NULL, 
	opened_at DATETIME NOT NULL, 
	agreed_at DATETIME, 
	agreed_by_id INTEGER, 
	agreed_by_user_id INTEGER, 
	consent VARCHAR(8), 
	consent_slip VARCHAR(40), 
	ended_at DATETIME, 
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
CREATE INDEX ix_family_wallet_receiver ON family_wallet (receiver_id)
-- next
CREATE UNIQUE INDEX uq_family_wallet_pair ON family_wallet (giver_id, receiver_id) WHERE ended_at IS NULL
-- next
CREATE TRIGGER family_wallet_ended_update BEFORE UPDATE ON family_wallet WHEN OLD.ended_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'family_wallet_ended'); END
-- next
CREATE TRIGGER family_wallet_fixed_update BEFORE UPDATE ON family_wallet WHEN NEW.community_id <> OLD.community_id OR NEW.giver_id <> OLD.giver_id OR NEW.receiver_id <> OLD.receiver_id OR NEW.month_minutes_max <> OLD.month_minutes_max OR NEW.opened_at <> OLD.opened_at OR (OLD.agreed_at IS NOT NULL AND (NEW.agreed_at IS NULL OR NEW.agreed_at <> OLD.agreed_at OR NEW.consent <> OLD.consent)) BEGIN SELECT RAISE(ABORT, 'family_wallet_fixed'); END
-- next
CREATE TRIGGER family_wallet_kept_delete BEFORE DELETE ON family_wallet WHEN 1 BEGIN SELECT RAISE(ABORT, 'family_wallet_kept'); END
-- next
CREATE TABLE guardian_consent (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	minor_id INTEGER NOT NULL, 
	guardian_id INTEGER NOT NULL, 
	given_at DATETIME NOT NULL, 
	witnessed_by_user_id INTEGER, 
	witnessed_by_name VARCHAR(80) NOT NULL, 
	withdrawn_at DATETIME, 
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
CREATE TRIGGER guardian_consent_told_update AFTER UPDATE ON guardian_consent WHEN (NEW.minor_id IS NOT OLD.minor_id OR NEW.guardian_id IS NOT OLD.guardian_id OR NEW.given_at IS NOT OLD.given_at OR NEW.witnessed_by_user_id IS NOT OLD.witnessed_by_user_id) BEGIN SELECT RAISE(ABORT, 'guardian_consent_told'); END
-- next
CREATE TRIGGER guardian_consent_withdrawn_update AFTER UPDATE ON guardian_consent WHEN OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at IS NOT OLD.withdrawn_at) BEGIN SELECT RAISE(ABORT, 'guardian_consent_withdrawn'); END
-- next
CREATE TRIGGER guardian_consent_kept_delete BEFORE DELETE ON guardian_consent WHEN 1 BEGIN SELECT RAISE(ABORT, 'guardian_consent_kept'); END
-- next
CREATE TRIGGER guardian_consent_kept_insert BEFORE INSERT ON guardian_consent WHEN EXISTS (SELECT 1 FROM guardian_consent r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'guardian_consent_kept'); END
-- next
CREATE TABLE policy_rate (
	id INTEGER NOT NULL, 
	policy_id INTEGER NOT NULL, 
	kind_id INTEGER NOT NULL, 
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
CREATE TRIGGER policy_rate_settled_insert BEFORE INSERT ON policy_rate WHEN COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'policy_rate_settled'); END
-- next
CREATE TRIGGER policy_rate_settled_update BEFORE UPDATE ON policy_rate WHEN COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' OR COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'policy_rate_settled'); END
-- next
CREATE TRIGGER policy_rate_settled_delete BEFORE DELETE ON policy_rate WHEN COALESCE((SELECT p.state FROM hours_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'policy_rate_settled'); END
-- next
CREATE TABLE policy_simulation (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	policy_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
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
CREATE TRIGGER policy_simulation_no_update BEFORE update ON policy_simulation
BEGIN SELECT RAISE(ABORT, 'policy_simulation is append-only'); END
-- next
CREATE TRIGGER policy_simulation_no_delete BEFORE delete ON policy_simulation
BEGIN SELECT RAISE(ABORT, 'policy_simulation is append-only'); END
-- next
CREATE TRIGGER policy_simulation_no_replace BEFORE INSERT ON policy_simulation
WHEN EXISTS (SELECT 1 FROM policy_simulation WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'policy_simulation is append-only'); END
-- next
CREATE TABLE case_event (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	actor_user_id INTEGER, 
	actor_person_id INTEGER, 
	role VARCHAR(24) NOT NULL, 
	occurred_at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
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
CREATE TRIGGER case_event_no_update BEFORE update ON case_event
BEGIN SELECT RAISE(ABORT, 'case_event is append-only'); END
-- next
CREATE TRIGGER case_event_no_delete BEFORE delete ON case_event
BEGIN SELECT RAISE(ABORT, 'case_event is append-only'); END
-- next
CREATE TRIGGER case_event_no_replace BEFORE INSERT ON case_event
WHEN EXISTS (SELECT 1 FROM case_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'case_event is append-only'); END
-- next
CREATE TRIGGER case_event_no_second_seq BEFORE INSERT ON case_event
WHEN EXISTS (SELECT 1 FROM case_event WHERE case_id = NEW.case_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'case_event is append-only'); END;
-- next
CREATE TABLE case_photo (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	event_seq BIGINT NOT NULL, 
	stored_file_id INTEGER NOT NULL, 
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
	id INTEGER NOT NULL, 
	policy_id INTEGER NOT NULL, 
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
CREATE TRIGGER deadline_limit_settled_insert BEFORE INSERT ON deadline_limit WHEN COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'deadline_limit_settled'); END
-- next
CREATE TRIGGER deadline_limit_settled_update BEFORE UPDATE ON deadline_limit WHEN COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = NEW.policy_id), '') <> 'draft' OR COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'deadline_limit_settled'); END
-- next
CREATE TRIGGER deadline_limit_settled_delete BEFORE DELETE ON deadline_limit WHEN COALESCE((SELECT p.state FROM deadline_policy p WHERE p.id = OLD.policy_id), '') <> 'draft' BEGIN SELECT RAISE(ABORT, 'deadline_limit_settled'); END
-- next
CREATE TABLE work_day (
	id INTEGER NOT NULL, 
	work_year_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	is_worked BOOLEAN NOT NULL, 
	CONSTRAINT pk_work_day PRIMARY KEY (id), 
	CONSTRAINT uq_work_day_work_year_id_day UNIQUE (work_year_id, day), 
	CONSTRAINT fk_work_day_work_year_id_work_year FOREIGN KEY(work_year_id) REFERENCES work_year (id)
)
-- next
CREATE TRIGGER work_day_no_update BEFORE update ON work_day
BEGIN SELECT RAISE(ABORT, 'work_day is append-only'); END
-- next
CREATE TRIGGER work_day_no_delete BEFORE delete ON work_day
BEGIN SELECT RAISE(ABORT, 'work_day is append-only'); END
-- next
CREATE TRIGGER work_day_no_replace BEFORE INSERT ON work_day
WHEN EXISTS (SELECT 1 FROM work_day WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'work_day is append-only'); END
-- next
CREATE TABLE project (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	year BIGINT NOT NULL, 
	serial BIGINT NOT NULL, 
	title VARCHAR(80) NOT NULL, 
	description TEXT NOT NULL, 
	place_text VARCHAR(120) NOT NULL, 
	micro_grid_id INTEGER, 
	case_id INTEGER, 
	due_on DATE, 
	state VARCHAR(16) NOT NULL, 
	agreement_version BIGINT, 
	cash_account_id BIGINT, 
	cost_account_id BIGINT, 
	proposed_by INTEGER, 
	proposed_at DATETIME NOT NULL, 
	costed_at DATETIME, 
	agreed_at DATETIME, 
	funding_at DATETIME, 
	active_at DATETIME, 
	accepted_at DATETIME, 
	ended_at DATETIME, 
	acceptance_note TEXT NOT NULL, 
	acceptance_file_id INTEGER, 
	end_reason TEXT NOT NULL, 
	CONSTRAINT pk_project PRIMARY KEY (id), 
	CONSTRAINT uq_project_community_id_year_serial UNIQUE (community_id, year, serial), 
	CONSTRAINT ck_project_state CHECK (state IN ('draft', 'costed', 'agreed', 'funding', 'active', 'accepted', 'closed', 'cancelled')), 
	CONSTRAINT ck_project_serial CHECK (serial > 0), 
	CONSTRAINT ck_project_cancel_reason CHECK (state <> 'cancelled' OR end_reason <> ''), 
	CONSTRAINT fk_project_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_micro_grid_id_micro_grid FOREIGN KEY(micro_grid_id) REFERENCES micro_grid (id), 
	CONSTRAINT fk_project_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT uq_project_cash_account_id UNIQUE (cash_account_id), 
	CONSTRAINT uq_project_cost_account_id UNIQUE (cost_account_id), 
	CONSTRAINT fk_project_proposed_by_user_account FOREIGN KEY(proposed_by) REFERENCES user_account (id), 
	CONSTRAINT fk_project_acceptance_file_id_stored_file FOREIGN KEY(acceptance_file_id) REFERENCES stored_file (id)
)
-- next
CREATE INDEX ix_project_case_id ON project (case_id)
-- next
CREATE INDEX ix_project_community_id_state ON project (community_id, state)
-- next
CREATE TRIGGER project_state_moves BEFORE UPDATE ON project FOR EACH ROW WHEN (OLD.state || '>' || NEW.state) NOT IN ('accepted>accepted', 'accepted>closed', 'active>accepted', 'active>active', 'active>cancelled', 'agreed>agreed', 'agreed>cancelled', 'agreed>costed', 'agreed>funding', 'cancelled>cancelled', 'closed>closed', 'costed>agreed', 'costed>cancelled', 'costed>costed', 'draft>cancelled', 'draft>costed', 'draft>draft', 'funding>active', 'funding>cancelled', 'funding>funding') OR (NEW.state IN ('agreed', 'funding', 'active', 'accepted', 'closed') AND NOT EXISTS (SELECT 1 FROM agreement a WHERE a.project_id = NEW.id AND a.version = NEW.agreement_version AND a.is_sealed)) BEGIN SELECT RAISE(ABORT, 'project_state_moves'); END
-- next
CREATE TRIGGER project_starts BEFORE INSERT ON project FOR EACH ROW WHEN NEW.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'project_starts'); END
-- next
CREATE TRIGGER project_stays BEFORE DELETE ON project FOR EACH ROW WHEN OLD.id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'project_stays'); END
-- next
CREATE TABLE need (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	recipient_id INTEGER NOT NULL, 
	asker VARCHAR(8) NOT NULL, 
	asked_by_id INTEGER, 
	asked_by_user_id INTEGER, 
	asked_by_name VARCHAR(80) NOT NULL, 
	channel VARCHAR(8) NOT NULL, 
	consent TEXT NOT NULL, 
	kind_id INTEGER NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	starts_at DATETIME NOT NULL, 
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
	micro_grid_id INTEGER, 
	grid_id INTEGER, 
	centre_id INTEGER, 
	case_id INTEGER, 
	posted_at DATETIME NOT NULL, 
	decided_at DATETIME, 
	decided_by_id INTEGER, 
	decided_by_user_id INTEGER, 
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
CREATE INDEX ix_need_queue ON need (community_id, state, starts_at, id)
-- next
CREATE INDEX ix_need_recipient ON need (recipient_id, id)
-- next
CREATE INDEX ix_need_state ON need (state, id)
-- next
CREATE TRIGGER need_move_update AFTER UPDATE ON need WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('posted>declined', 'posted>taken_up', 'posted>withdrawn', 'taken_up>ended', 'taken_up>withdrawn') BEGIN SELECT RAISE(ABORT, 'need_move'); END
-- next
CREATE TRIGGER need_told_update AFTER UPDATE ON need WHEN (NEW.id IS NOT OLD.id OR NEW.community_id IS NOT OLD.community_id OR NEW.recipient_id IS NOT OLD.recipient_id OR NEW.asker IS NOT OLD.asker OR NEW.asked_by_id IS NOT OLD.asked_by_id OR NEW.asked_by_user_id IS NOT OLD.asked_by_user_id OR NEW.asked_by_name IS NOT OLD.asked_by_name OR NEW.channel IS NOT OLD.channel OR NEW.consent IS NOT OLD.consent OR NEW.kind_id IS NOT OLD.kind_id OR NEW.is_urgent IS NOT OLD.is_urgent OR NEW.starts_at IS NOT OLD.starts_at OR NEW.minutes IS NOT OLD.minutes OR NEW.helpers IS NOT OLD.helpers OR NEW.weekdays IS NOT OLD.weekdays OR NEW.repeat_until_on IS NOT OLD.repeat_until_on OR NEW.risk IS NOT OLD.risk OR NEW.sex IS NOT OLD.sex OR NEW.skills IS NOT OLD.skills OR NEW.languages IS NOT OLD.languages OR NEW.details IS NOT OLD.details OR NEW.place IS NOT OLD.place OR NEW.micro_grid_id IS NOT OLD.micro_grid_id OR NEW.grid_id IS NOT OLD.grid_id OR NEW.centre_id IS NOT OLD.centre_id OR NEW.case_id IS NOT OLD.case_id OR NEW.posted_at IS NOT OLD.posted_at) BEGIN SELECT RAISE(ABORT, 'need_told'); END
-- next
CREATE TRIGGER need_relative_verified_insert AFTER INSERT ON need WHEN NEW.asker = 'relative' AND NOT EXISTS (SELECT 1 FROM kinship k WHERE k.verified_on IS NOT NULL AND k.person_id = NEW.recipient_id AND k.relative_id = NEW.asked_by_id) BEGIN SELECT RAISE(ABORT, 'need_relative_verified'); END
-- next
CREATE TRIGGER need_risk_of_kind_insert AFTER INSERT ON need WHEN NEW.risk = 'low' AND EXISTS (SELECT 1 FROM service_kind k WHERE k.id = NEW.kind_id AND k.is_risky) BEGIN SELECT RAISE(ABORT, 'need_risk_of_kind'); END
-- next
CREATE TRIGGER need_repeat_bounded_insert AFTER INSERT ON need WHEN NEW.repeat_until_on IS NOT NULL AND julianday(NEW.repeat_until_on) - julianday(date(NEW.starts_at, '+8 hours')) NOT BETWEEN 0 AND 91 BEGIN SELECT RAISE(ABORT, 'need_repeat_bounded'); END
-- next
CREATE TRIGGER need_repeat_bounded_update AFTER UPDATE ON need WHEN NEW.repeat_until_on IS NOT NULL AND julianday(NEW.repeat_until_on) - julianday(date(NEW.starts_at, '+8 hours')) NOT BETWEEN 0 AND 91 BEGIN SELECT RAISE(ABORT, 'need_repeat_bounded'); END
-- next
CREATE TRIGGER need_kept_delete BEFORE DELETE ON need WHEN 1 BEGIN SELECT RAISE(ABORT, 'need_kept'); END
-- next
CREATE TRIGGER need_kept_insert BEFORE INSERT ON need WHEN EXISTS (SELECT 1 FROM need r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'need_kept'); END
-- next
CREATE TABLE ledger_account (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	book_id BIGINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	code VARCHAR(60) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	kind VARCHAR(7) NOT NULL, 
	normal VARCHAR(6) NOT NULL, 
	floor BIGINT, 
	restriction VARCHAR(8), 
	person_id INTEGER, 
	project_id INTEGER, 
	seal BLOB NOT NULL, 
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
	CONSTRAINT ck_ledger_account_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT ck_ledger_account_floor_whole CHECK (typeof(floor) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_account_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_account_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_ledger_account_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_ledger_account_person_id ON ledger_account (person_id)
-- next
CREATE INDEX ix_ledger_account_project_id ON ledger_account (project_id)
-- next
CREATE TABLE policy_outcome (
	id INTEGER NOT NULL, 
	simulation_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
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
CREATE TRIGGER policy_outcome_no_update BEFORE update ON policy_outcome
BEGIN SELECT RAISE(ABORT, 'policy_outcome is append-only'); END
-- next
CREATE TRIGGER policy_outcome_no_delete BEFORE delete ON policy_outcome
BEGIN SELECT RAISE(ABORT, 'policy_outcome is append-only'); END
-- next
CREATE TRIGGER policy_outcome_no_replace BEFORE INSERT ON policy_outcome
WHEN EXISTS (SELECT 1 FROM policy_outcome WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'policy_outcome is append-only'); END
-- next
CREATE TABLE case_event_private (
	event_id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	body TEXT, 
	erased_at DATETIME, 
	CONSTRAINT pk_case_event_private PRIMARY KEY (event_id), 
	CONSTRAINT fk_case_event_private_event_id_case_event FOREIGN KEY(event_id) REFERENCES case_event (id), 
	CONSTRAINT fk_case_event_private_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TRIGGER case_event_private_no_rewrite BEFORE UPDATE ON case_event_private
WHEN NEW.body IS NOT NULL OR NEW.erased_at IS NULL
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
-- next
CREATE TRIGGER case_event_private_no_delete BEFORE DELETE ON case_event_private
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
-- next
CREATE TRIGGER case_event_private_no_replace BEFORE INSERT ON case_event_private
WHEN EXISTS (SELECT 1 FROM case_event_private WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'case_event_private is append-only'); END;
-- next
CREATE TABLE project_cost_line (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	CONSTRAINT pk_project_cost_line PRIMARY KEY (id), 
	CONSTRAINT uq_project_cost_line_project_id_position UNIQUE (project_id, position), 
	CONSTRAINT ck_project_cost_line_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT fk_project_cost_line_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_cost_line_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE TABLE agreement (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	version BIGINT NOT NULL, 
	signed_on DATE NOT NULL, 
	basis VARCHAR(16) NOT NULL, 
	total_fen BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document_file_id INTEGER, 
	agreed_by INTEGER, 
	recorded_at DATETIME NOT NULL, 
	is_sealed BOOLEAN NOT NULL, 
	CONSTRAINT pk_agreement PRIMARY KEY (id), 
	CONSTRAINT uq_agreement_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT ck_agreement_total_fen CHECK (total_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_agreement_basis CHECK (basis IN ('agreement', 'floor_area', 'households', 'amounts')), 
	CONSTRAINT ck_agreement_digest CHECK (length(digest) = 64), 
	CONSTRAINT fk_agreement_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_agreement_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_agreement_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
	CONSTRAINT fk_agreement_agreed_by_user_account FOREIGN KEY(agreed_by) REFERENCES user_account (id)
)
-- next
CREATE TRIGGER agreement_starts BEFORE INSERT ON agreement FOR EACH ROW WHEN NEW.is_sealed BEGIN SELECT RAISE(ABORT, 'agreement_starts'); END
-- next
CREATE TRIGGER agreement_adds_up BEFORE UPDATE ON agreement FOR EACH ROW WHEN OLD.is_sealed OR (SELECT count(*) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> 3 OR (SELECT sum(s.amount_fen) FROM agreement_share s WHERE s.agreement_id = NEW.id) <> NEW.total_fen OR coalesce((SELECT sum(l.amount_fen) FROM project_cost_line l WHERE l.project_id = NEW.project_id), 0) <> NEW.total_fen BEGIN SELECT RAISE(ABORT, 'agreement_adds_up'); END
-- next
CREATE TRIGGER agreement_stays BEFORE DELETE ON agreement FOR EACH ROW WHEN OLD.id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'agreement_stays'); END
-- next
CREATE TABLE task (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	need_id INTEGER, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	activity VARCHAR(120) NOT NULL, 
	recipient_id INTEGER, 
	asked_by_id INTEGER, 
	organisation_id INTEGER, 
	kind_id INTEGER NOT NULL, 
	admission VARCHAR(8) NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	places BIGINT NOT NULL, 
	taken BIGINT DEFAULT 0 NOT NULL, 
	risk VARCHAR(8) NOT NULL, 
	sex VARCHAR(8), 
	skills JSON NOT NULL, 
	languages JSON NOT NULL, 
	details TEXT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	micro_grid_id INTEGER, 
	grid_id INTEGER, 
	centre_id INTEGER, 
	case_id INTEGER, 
	posted_at DATETIME NOT NULL, 
	posted_by_id INTEGER, 
	posted_by_user_id INTEGER, 
	posted_by_name VARCHAR(80) NOT NULL, 
	closed_at DATETIME, 
	CONSTRAINT pk_task PRIMARY KEY (id), 
	CONSTRAINT uq_task_need_id_starts_at UNIQUE (need_id, starts_at), 
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
CREATE INDEX ix_task_recipient ON task (recipient_id, starts_at)
-- next
CREATE TRIGGER task_move_update AFTER UPDATE ON task WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('open>cancelled', 'open>done', 'open>unmet', 'unmet>done') BEGIN SELECT RAISE(ABORT, 'task_move'); END
-- next
CREATE TRIGGER task_told_update AFTER UPDATE ON task WHEN (NEW.id IS NOT OLD.id OR NEW.community_id IS NOT OLD.community_id OR NEW.need_id IS NOT OLD.need_id OR NEW.activity IS NOT OLD.activity OR NEW.recipient_id IS NOT OLD.recipient_id OR NEW.asked_by_id IS NOT OLD.asked_by_id OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.kind_id IS NOT OLD.kind_id OR NEW.admission IS NOT OLD.admission OR NEW.is_urgent IS NOT OLD.is_urgent OR NEW.starts_at IS NOT OLD.starts_at OR NEW.ends_at IS NOT OLD.ends_at OR NEW.risk IS NOT OLD.risk OR NEW.sex IS NOT OLD.sex OR NEW.skills IS NOT OLD.skills OR NEW.languages IS NOT OLD.languages OR NEW.details IS NOT OLD.details OR NEW.place IS NOT OLD.place OR NEW.micro_grid_id IS NOT OLD.micro_grid_id OR NEW.grid_id IS NOT OLD.grid_id OR NEW.centre_id IS NOT OLD.centre_id OR NEW.case_id IS NOT OLD.case_id OR NEW.posted_at IS NOT OLD.posted_at OR NEW.posted_by_id IS NOT OLD.posted_by_id OR NEW.posted_by_user_id IS NOT OLD.posted_by_user_id OR NEW.posted_by_name IS NOT OLD.posted_by_name) BEGIN SELECT RAISE(ABORT, 'task_told'); END
-- next
CREATE TRIGGER task_too_long_insert AFTER INSERT ON task WHEN strftime('%s', NEW.ends_at) - strftime('%s', NEW.starts_at) > 43200 BEGIN SELECT RAISE(ABORT, 'task_too_long'); END
-- next
CREATE TRIGGER task_too_long_update AFTER UPDATE ON task WHEN strftime('%s', NEW.ends_at) - strftime('%s', NEW.starts_at) > 43200 BEGIN SELECT RAISE(ABORT, 'task_too_long'); END
-- next
CREATE TRIGGER task_counts_insert AFTER INSERT ON task WHEN NEW.taken <> (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.id AND s.state IN ('accepted', 'served')) BEGIN SELECT RAISE(ABORT, 'task_counts'); END
-- next
CREATE TRIGGER task_counts_update AFTER UPDATE ON task WHEN NEW.taken <> (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.id AND s.state IN ('accepted', 'served')) BEGIN SELECT RAISE(ABORT, 'task_counts'); END
-- next
CREATE TRIGGER task_kept_delete BEFORE DELETE ON task WHEN 1 BEGIN SELECT RAISE(ABORT, 'task_kept'); END
-- next
CREATE TRIGGER task_kept_insert BEFORE INSERT ON task WHEN EXISTS (SELECT 1 FROM task r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'task_kept'); END
-- next
CREATE TABLE ledger_freeze (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	frozen SMALLINT NOT NULL, 
	frozen_at DATETIME NOT NULL, 
	document VARCHAR(200) NOT NULL, 
	actor_user_id INTEGER, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_freeze PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_freeze_frozen_known CHECK (frozen IN (0, 1)), 
	CONSTRAINT ck_ledger_freeze_document CHECK (length(document) BETWEEN 1 AND 200), 
	CONSTRAINT ck_ledger_freeze_frozen_whole CHECK (typeof(frozen) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_freeze_frozen_at_moment CHECK (frozen_at IS NULL OR (frozen_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(frozen_at) IS substr(frozen_at, 1, 19))), 
	CONSTRAINT ck_ledger_freeze_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_freeze_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_freeze_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_freeze_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_ledger_freeze_account_id_id ON ledger_freeze (account_id, id)
-- next
CREATE TABLE ledger_balance (
	account_id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	posted BIGINT NOT NULL, 
	held BIGINT NOT NULL, 
	floor BIGINT NOT NULL, 
	frozen SMALLINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_ledger_balance PRIMARY KEY (account_id), 
	CONSTRAINT ck_ledger_balance_floor CHECK (posted - held >= floor), 
	CONSTRAINT ck_ledger_balance_held CHECK (held >= 0), 
	CONSTRAINT ck_ledger_balance_frozen_known CHECK (frozen IN (0, 1)), 
	CONSTRAINT ck_ledger_balance_posted_whole CHECK (typeof(posted) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_balance_held_whole CHECK (typeof(held) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_balance_floor_whole CHECK (typeof(floor) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_balance_frozen_whole CHECK (typeof(frozen) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_balance_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_balance_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE TABLE ledger_hold (
	id CHAR(32) NOT NULL, 
	community_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	amount BIGINT NOT NULL, 
	memo VARCHAR(500) NOT NULL, 
	held_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	actor_user_id INTEGER, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_hold PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_hold_amount CHECK (amount BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_ledger_hold_memo_length CHECK (length(memo) <= 500), 
	CONSTRAINT ck_ledger_hold_amount_whole CHECK (typeof(amount) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_hold_id_hex CHECK (typeof(id) = 'text' AND length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'), 
	CONSTRAINT ck_ledger_hold_held_at_moment CHECK (held_at IS NULL OR (held_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(held_at) IS substr(held_at, 1, 19))), 
	CONSTRAINT ck_ledger_hold_expires_at_moment CHECK (expires_at IS NULL OR (expires_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(expires_at) IS substr(expires_at, 1, 19))), 
	CONSTRAINT ck_ledger_hold_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_hold_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_hold_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_hold_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_ledger_hold_account_id ON ledger_hold (account_id)
-- next
CREATE INDEX ix_ledger_hold_expires_at ON ledger_hold (expires_at)
-- next
CREATE TABLE ledger_day (
	account_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	debits BIGINT NOT NULL, 
	credits BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_day PRIMARY KEY (account_id, on_day), 
	CONSTRAINT ck_ledger_day_not_negative CHECK (debits >= 0 AND credits >= 0), 
	CONSTRAINT ck_ledger_day_debits_whole CHECK (typeof(debits) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_day_credits_whole CHECK (typeof(credits) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_day_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE ledger_checkpoint (
	account_id INTEGER NOT NULL, 
	through_on DATE NOT NULL, 
	posted BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_checkpoint PRIMARY KEY (account_id, through_on), 
	CONSTRAINT ck_ledger_checkpoint_posted_whole CHECK (typeof(posted) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_checkpoint_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id)
)
-- next
CREATE TABLE agreement_share (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	agreement_id INTEGER NOT NULL, 
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
CREATE TRIGGER agreement_share_before_seal BEFORE INSERT ON agreement_share FOR EACH ROW WHEN EXISTS (SELECT 1 FROM agreement a WHERE a.id = NEW.agreement_id AND a.is_sealed) BEGIN SELECT RAISE(ABORT, 'agreement_share_before_seal'); END
-- next
CREATE TRIGGER agreement_share_keeps BEFORE UPDATE ON agreement_share FOR EACH ROW WHEN OLD.id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'agreement_share_keeps'); END
-- next
CREATE TRIGGER agreement_share_stays BEFORE DELETE ON agreement_share FOR EACH ROW WHEN OLD.id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'agreement_share_stays'); END
-- next
CREATE TABLE sign_up (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	task_id BIGINT NOT NULL, 
	volunteer_id INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	state_reason TEXT NOT NULL, 
	signed_at DATETIME NOT NULL, 
	queued_at DATETIME, 
	accepted_at DATETIME, 
	was_moved_up BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, 
	code_tries BIGINT NOT NULL, 
	CONSTRAINT pk_sign_up PRIMARY KEY (id), 
	CONSTRAINT uq_sign_up_task_id_volunteer_id UNIQUE (task_id, volunteer_id), 
	CONSTRAINT fk_sign_up_task_id_starts_at_ends_at_task FOREIGN KEY(task_id, starts_at, ends_at) REFERENCES task (id, starts_at, ends_at), 
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
CREATE TRIGGER sign_up_move_update AFTER UPDATE ON sign_up WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('accepted>cancelled', 'accepted>no_show', 'accepted>served', 'accepted>turned_down', 'accepted>withdrawn', 'asked>accepted', 'asked>cancelled', 'asked>declined', 'asked>lapsed', 'asked>waiting', 'declined>accepted', 'declined>asked', 'declined>offered', 'declined>waiting', 'no_show>served', 'offered>accepted', 'offered>cancelled', 'offered>lapsed', 'offered>turned_down', 'offered>waiting', 'offered>withdrawn', 'turned_down>asked', 'waiting>accepted', 'waiting>cancelled', 'waiting>lapsed', 'waiting>turned_down', 'waiting>withdrawn', 'withdrawn>accepted', 'withdrawn>asked', 'withdrawn>offered', 'withdrawn>waiting') BEGIN SELECT RAISE(ABORT, 'sign_up_move'); END
-- next
CREATE TRIGGER sign_up_told_update AFTER UPDATE ON sign_up WHEN (NEW.community_id IS NOT OLD.community_id OR NEW.task_id IS NOT OLD.task_id OR NEW.volunteer_id IS NOT OLD.volunteer_id OR NEW.starts_at IS NOT OLD.starts_at OR NEW.ends_at IS NOT OLD.ends_at) BEGIN SELECT RAISE(ABORT, 'sign_up_told'); END
-- next
CREATE TRIGGER sign_up_minor_insert AFTER INSERT ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM person p, task t WHERE p.id = NEW.volunteer_id AND t.id = NEW.task_id AND date(p.born_on, '+18 years') > date(NEW.starts_at, '+8 hours') AND (t.risk <> 'low' OR NOT EXISTS (SELECT 1 FROM guardian_consent g WHERE g.minor_id = p.id AND g.withdrawn_at IS NULL))) BEGIN SELECT RAISE(ABORT, 'sign_up_minor'); END
-- next
CREATE TRIGGER sign_up_minor_update AFTER UPDATE ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM person p, task t WHERE p.id = NEW.volunteer_id AND t.id = NEW.task_id AND date(p.born_on, '+18 years') > date(NEW.starts_at, '+8 hours') AND (t.risk <> 'low' OR NOT EXISTS (SELECT 1 FROM guardian_consent g WHERE g.minor_id = p.id AND g.withdrawn_at IS NULL))) BEGIN SELECT RAISE(ABORT, 'sign_up_minor'); END
-- next
CREATE TRIGGER sign_up_self_insert AFTER INSERT ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.recipient_id = NEW.volunteer_id) BEGIN SELECT RAISE(ABORT, 'sign_up_self'); END
-- next
CREATE TRIGGER sign_up_self_update AFTER UPDATE ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.recipient_id = NEW.volunteer_id) BEGIN SELECT RAISE(ABORT, 'sign_up_self'); END
-- next
CREATE TRIGGER sign_up_closed_insert AFTER INSERT ON sign_up WHEN NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.state = 'cancelled') BEGIN SELECT RAISE(ABORT, 'sign_up_closed'); END
-- next
CREATE TRIGGER sign_up_closed_update AFTER UPDATE ON sign_up WHEN NEW.state = 'accepted' AND EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND t.state = 'cancelled') BEGIN SELECT RAISE(ABORT, 'sign_up_closed'); END
-- next
CREATE TRIGGER sign_up_overlap_insert AFTER INSERT ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM sign_up s WHERE s.volunteer_id = NEW.volunteer_id AND s.id <> NEW.id AND s.state IN ('accepted', 'served') AND s.starts_at < NEW.ends_at AND NEW.starts_at < s.ends_at) BEGIN SELECT RAISE(ABORT, 'sign_up_overlap'); END
-- next
CREATE TRIGGER sign_up_overlap_update AFTER UPDATE ON sign_up WHEN NEW.state IN ('accepted', 'served') AND EXISTS (SELECT 1 FROM sign_up s WHERE s.volunteer_id = NEW.volunteer_id AND s.id <> NEW.id AND s.state IN ('accepted', 'served') AND s.starts_at < NEW.ends_at AND NEW.starts_at < s.ends_at) BEGIN SELECT RAISE(ABORT, 'sign_up_overlap'); END
-- next
CREATE TRIGGER sign_up_counts_insert AFTER insert ON sign_up BEGIN UPDATE task SET taken = (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.task_id AND s.state IN ('accepted', 'served')) WHERE id = NEW.task_id; END
-- next
CREATE TRIGGER sign_up_counts_update AFTER update ON sign_up BEGIN UPDATE task SET taken = (SELECT count(*) FROM sign_up s WHERE s.task_id = NEW.task_id AND s.state IN ('accepted', 'served')) WHERE id = NEW.task_id; END
-- next
CREATE TRIGGER sign_up_kept_delete BEFORE DELETE ON sign_up WHEN 1 BEGIN SELECT RAISE(ABORT, 'sign_up_kept'); END
-- next
CREATE TRIGGER sign_up_kept_insert BEFORE INSERT ON sign_up WHEN EXISTS (SELECT 1 FROM sign_up r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'sign_up_kept'); END
-- next
CREATE TABLE ledger_entry (
	number INTEGER NOT NULL, 
	id CHAR(32) NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	lines SMALLINT NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	effective_on DATE NOT NULL, 
	lots_on DATE, 
	recorded_at DATETIME NOT NULL, 
	actor_user_id INTEGER, 
	reverses_id CHAR(32), 
	hold_id CHAR(32), 
	debt_account_id INTEGER, 
	actor_name VARCHAR(120) NOT NULL, 
	memo VARCHAR(500) NOT NULL, 
	document VARCHAR(200) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	salt BLOB NOT NULL, 
	words_hash BLOB NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_entry PRIMARY KEY (number), 
	CONSTRAINT fk_ledger_entry_book_id_community_id_ledger_book FOREIGN KEY(book_id, community_id) REFERENCES ledger_book (id, community_id), 
	CONSTRAINT uq_ledger_entry_id_lines_asset_book_id_community_id UNIQUE (id, lines, asset, book_id, community_id), 
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
	CONSTRAINT ck_ledger_entry_id_hex CHECK (typeof(id) = 'text' AND length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'), 
	CONSTRAINT ck_ledger_entry_effective_on_day CHECK ((typeof(effective_on) = 'text' AND effective_on IS date(effective_on) AND effective_on BETWEEN '1900-01-01' AND '2999-12-31')), 
	CONSTRAINT ck_ledger_entry_lots_on_day CHECK (lots_on IS NULL OR (typeof(lots_on) = 'text' AND lots_on IS date(lots_on) AND lots_on BETWEEN '1900-01-01' AND '2999-12-31')), 
	CONSTRAINT ck_ledger_entry_recorded_at_moment CHECK (recorded_at IS NULL OR (recorded_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(recorded_at) IS substr(recorded_at, 1, 19))), 
	CONSTRAINT ck_ledger_entry_words_hash_length CHECK (length(words_hash) = 32 AND typeof(words_hash) = 'blob'), 
	CONSTRAINT ck_ledger_entry_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT ck_ledger_entry_lines_whole CHECK (typeof(lines) IN ('integer', 'null')), 
	CONSTRAINT uq_ledger_entry_id UNIQUE (id), 
	CONSTRAINT fk_ledger_entry_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id), 
	CONSTRAINT uq_ledger_entry_reverses_id UNIQUE (reverses_id), 
	CONSTRAINT fk_ledger_entry_reverses_id_ledger_entry FOREIGN KEY(reverses_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_ledger_entry_hold_id UNIQUE (hold_id), 
	CONSTRAINT fk_ledger_entry_hold_id_ledger_hold FOREIGN KEY(hold_id) REFERENCES ledger_hold (id), 
	CONSTRAINT fk_ledger_entry_debt_account_id_ledger_account FOREIGN KEY(debt_account_id) REFERENCES ledger_account (id)
)
-- next
CREATE INDEX ix_ledger_entry_book_id_effective_on ON ledger_entry (book_id, effective_on)
-- next
CREATE INDEX ix_ledger_entry_community_id_number ON ledger_entry (community_id, number)
-- next
CREATE TABLE redemption (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	"key" CHAR(32) NOT NULL, 
	person_id INTEGER NOT NULL, 
	card_id INTEGER NOT NULL, 
	centre_id INTEGER NOT NULL, 
	booking_id INTEGER, 
	case_id INTEGER, 
	operator_user_id INTEGER, 
	operator_person_id INTEGER, 
	operator_name VARCHAR(60) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	proof VARCHAR(8) NOT NULL, 
	signed_slip VARCHAR(30), 
	total_minutes BIGINT NOT NULL, 
	hold_id CHAR(32) NOT NULL, 
	entry_id CHAR(32), 
	reversal_entry_id CHAR(32), 
	slip_day DATE NOT NULL, 
	slip_seq BIGINT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	delivered_at DATETIME, 
	captured_at DATETIME, 
	undone_at DATETIME, 
	undone_by VARCHAR(60) NOT NULL, 
	undo_reason TEXT NOT NULL, 
	CONSTRAINT pk_redemption PRIMARY KEY (id), 
	CONSTRAINT uq_redemption_centre_id_slip_day_slip_seq UNIQUE (centre_id, slip_day, slip_seq), 
	CONSTRAINT ck_redemption_state_known CHECK (state IN ('held', 'delivered', 'captured', 'undone')), 
	CONSTRAINT ck_redemption_proof_known CHECK (proof IN ('pin', 'code', 'signed')), 
	CONSTRAINT ck_redemption_minutes_positive CHECK (total_minutes > 0), 
	CONSTRAINT ck_redemption_not_for_self CHECK (operator_person_id IS NULL OR operator_person_id <> person_id), 
	CONSTRAINT ck_redemption_captured_by_entry CHECK ((state IN ('captured', 'undone')) = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_by_reversal CHECK ((state = 'undone') = (reversal_entry_id IS NOT NULL)), 
	CONSTRAINT ck_redemption_undone_for_a_reason CHECK (state <> 'undone' OR undo_reason <> ''), 
	CONSTRAINT ck_redemption_signed_on_paper CHECK ((proof = 'signed') = (signed_slip IS NOT NULL)), 
	CONSTRAINT uq_redemption_community_id_signed_slip UNIQUE (community_id, signed_slip), 
	CONSTRAINT fk_redemption_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_redemption_key UNIQUE ("key"), 
	CONSTRAINT fk_redemption_person_id_person FOREIGN KEY(person_id) REFERENCES person (id), 
	CONSTRAINT fk_redemption_card_id_member_card FOREIGN KEY(card_id) REFERENCES member_card (id), 
	CONSTRAINT fk_redemption_centre_id_care_centre FOREIGN KEY(centre_id) REFERENCES care_centre (id), 
	CONSTRAINT uq_redemption_booking_id UNIQUE (booking_id), 
	CONSTRAINT fk_redemption_booking_id_booking FOREIGN KEY(booking_id) REFERENCES booking (id), 
	CONSTRAINT fk_redemption_case_id_case_file FOREIGN KEY(case_id) REFERENCES case_file (id), 
	CONSTRAINT fk_redemption_operator_user_id_user_account FOREIGN KEY(operator_user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_redemption_operator_person_id_person FOREIGN KEY(operator_person_id) REFERENCES person (id), 
	CONSTRAINT uq_redemption_hold_id UNIQUE (hold_id), 
	CONSTRAINT uq_redemption_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_redemption_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT uq_redemption_reversal_entry_id UNIQUE (reversal_entry_id), 
	CONSTRAINT fk_redemption_reversal_entry_id_ledger_entry FOREIGN KEY(reversal_entry_id) REFERENCES ledger_entry (id)
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
CREATE TRIGGER redemption_too_young_insert BEFORE INSERT ON redemption WHEN NEW.booking_id IS NULL AND COALESCE((SELECT (CAST(strftime('%Y%m%d', NEW.slip_day) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.person_id), 0) < (SELECT p.redeem_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.slip_day ORDER BY p.in_force_on DESC LIMIT 1) BEGIN SELECT RAISE(ABORT, 'redemption_too_young'); END
-- next
CREATE TABLE ledger_block_leaf (
	entry_id CHAR(32) NOT NULL, 
	community_id BIGINT NOT NULL, 
	block_number BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	leaf BLOB NOT NULL, 
	CONSTRAINT pk_ledger_block_leaf PRIMARY KEY (entry_id), 
	CONSTRAINT fk_ledger_block_leaf_block_number_ledger_block FOREIGN KEY(community_id, block_number) REFERENCES ledger_block (community_id, number) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT uq_ledger_block_leaf_community_id_block_number_position UNIQUE (community_id, block_number, position), 
	CONSTRAINT ck_ledger_block_leaf_position CHECK (position >= 0), 
	CONSTRAINT ck_ledger_block_leaf_leaf_length CHECK (length(leaf) = 32 AND typeof(leaf) = 'blob'), 
	CONSTRAINT ck_ledger_block_leaf_position_whole CHECK (typeof(position) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_block_leaf_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE TABLE ledger_erasure (
	entry_id CHAR(32) NOT NULL, 
	community_id INTEGER NOT NULL, 
	erased_at DATETIME NOT NULL, 
	actor_user_id INTEGER, 
	ground VARCHAR(500) NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_erasure PRIMARY KEY (entry_id), 
	CONSTRAINT ck_ledger_erasure_ground CHECK (length(ground) BETWEEN 1 AND 500), 
	CONSTRAINT ck_ledger_erasure_erased_at_moment CHECK (erased_at IS NULL OR (erased_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(erased_at) IS substr(erased_at, 1, 19))), 
	CONSTRAINT ck_ledger_erasure_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_erasure_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_erasure_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_ledger_erasure_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE ledger_transfer (
	id INTEGER NOT NULL, 
	community_id BIGINT NOT NULL, 
	book_id BIGINT NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	line SMALLINT NOT NULL, 
	lines SMALLINT NOT NULL, 
	asset VARCHAR(3) NOT NULL, 
	debit_id BIGINT NOT NULL, 
	credit_id BIGINT NOT NULL, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_transfer PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_transfer_entry_id_ledger_entry FOREIGN KEY(entry_id, lines, asset, book_id, community_id) REFERENCES ledger_entry (id, lines, asset, book_id, community_id) DEFERRABLE INITIALLY DEFERRED, 
	CONSTRAINT fk_ledger_transfer_debit_id_ledger_account FOREIGN KEY(debit_id, book_id, asset) REFERENCES ledger_account (id, book_id, asset), 
	CONSTRAINT fk_ledger_transfer_credit_id_ledger_account FOREIGN KEY(credit_id, book_id, asset) REFERENCES ledger_account (id, book_id, asset), 
	CONSTRAINT uq_ledger_transfer_entry_id_line UNIQUE (entry_id, line), 
	CONSTRAINT ck_ledger_transfer_line CHECK (line BETWEEN 1 AND lines), 
	CONSTRAINT ck_ledger_transfer_amount CHECK (amount BETWEEN 1 AND 10000000000000), 
	CONSTRAINT ck_ledger_transfer_two_accounts CHECK (debit_id <> credit_id), 
	CONSTRAINT ck_ledger_transfer_amount_whole CHECK (typeof(amount) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_transfer_line_whole CHECK (typeof(line) IN ('integer', 'null'))
)
-- next
CREATE INDEX ix_ledger_transfer_credit_id_id_amount ON ledger_transfer (credit_id, id, amount)
-- next
CREATE INDEX ix_ledger_transfer_debit_id_id_amount ON ledger_transfer (debit_id, id, amount)
-- next
CREATE TABLE ledger_hold_end (
	hold_id CHAR(32) NOT NULL, 
	community_id INTEGER NOT NULL, 
	outcome VARCHAR(8) NOT NULL, 
	entry_id CHAR(32), 
	reason VARCHAR(500) NOT NULL, 
	ended_at DATETIME NOT NULL, 
	actor_user_id INTEGER, 
	actor_name VARCHAR(120) NOT NULL, 
	seal BLOB NOT NULL, 
	CONSTRAINT pk_ledger_hold_end PRIMARY KEY (hold_id), 
	CONSTRAINT ck_ledger_hold_end_outcome_known CHECK (outcome IN ('captured', 'released', 'expired')), 
	CONSTRAINT ck_ledger_hold_end_entry_iff_captured CHECK ((outcome = 'captured') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_ledger_hold_end_reason_length CHECK (length(reason) <= 500), 
	CONSTRAINT ck_ledger_hold_end_ended_at_moment CHECK (ended_at IS NULL OR (ended_at GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND datetime(ended_at) IS substr(ended_at, 1, 19))), 
	CONSTRAINT ck_ledger_hold_end_seal_length CHECK (length(seal) = 32 AND typeof(seal) = 'blob'), 
	CONSTRAINT fk_ledger_hold_end_hold_id_ledger_hold FOREIGN KEY(hold_id) REFERENCES ledger_hold (id), 
	CONSTRAINT fk_ledger_hold_end_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT uq_ledger_hold_end_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_ledger_hold_end_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_hold_end_actor_user_id_user_account FOREIGN KEY(actor_user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE ledger_lot (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	earned_on DATE NOT NULL, 
	amount BIGINT NOT NULL, 
	remaining BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_lot PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_lot_entry_id_account_id UNIQUE (entry_id, account_id), 
	CONSTRAINT ck_ledger_lot_amount CHECK (amount > 0), 
	CONSTRAINT ck_ledger_lot_remaining CHECK (remaining BETWEEN 0 AND amount), 
	CONSTRAINT ck_ledger_lot_amount_whole CHECK (typeof(amount) IN ('integer', 'null')), 
	CONSTRAINT ck_ledger_lot_remaining_whole CHECK (typeof(remaining) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_lot_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (id), 
	CONSTRAINT fk_ledger_lot_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE INDEX ix_ledger_lot_left ON ledger_lot (account_id, earned_on, id) WHERE remaining > 0
-- next
CREATE TABLE service_record (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	volunteer_id INTEGER NOT NULL, 
	recipient_id INTEGER, 
	organisation_id INTEGER, 
	activity VARCHAR(120) NOT NULL, 
	kind_id INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	served_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	place VARCHAR(120) NOT NULL, 
	micro_grid_id INTEGER, 
	grid_id INTEGER, 
	centre_id INTEGER, 
	case_id INTEGER, 
	notes TEXT NOT NULL, 
	late_reason TEXT NOT NULL, 
	slip_number VARCHAR(40), 
	state VARCHAR(16) NOT NULL, 
	state_reason TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	code_tries BIGINT NOT NULL, 
	has_objection BOOLEAN DEFAULT 0 NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	recorded_by_id INTEGER, 
	recorded_by_user_id INTEGER, 
	stated_at DATETIME NOT NULL, 
	confirmed_at DATETIME, 
	confirmed_by_id INTEGER, 
	confirmed_by_user_id INTEGER, 
	confirmed_how VARCHAR(8), 
	approved_at DATETIME, 
	approved_by_id INTEGER, 
	approved_by_user_id INTEGER, 
	policy_version BIGINT, 
	rate_percent BIGINT, 
	rounding_minutes BIGINT, 
	credited_minutes BIGINT, 
	bonus_minutes BIGINT DEFAULT '0' NOT NULL, 
	donation_minutes BIGINT DEFAULT '0' NOT NULL, 
	refused_minutes BIGINT DEFAULT '0' NOT NULL, 
	capped_by VARCHAR(12), 
	entry_id CHAR(32), 
	reversal_id CHAR(32), 
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
CREATE INDEX ix_service_record_case ON service_record (case_id)
-- next
CREATE INDEX ix_service_record_centre ON service_record (centre_id, state)
-- next
CREATE INDEX ix_service_record_grid ON service_record (grid_id, state)
-- next
CREATE INDEX ix_service_record_queue ON service_record (community_id, state, recorded_at, id)
-- next
CREATE INDEX ix_service_record_recipient ON service_record (recipient_id, state)
-- next
CREATE INDEX ix_service_record_recorder ON service_record (recorded_by_id)
-- next
CREATE INDEX ix_service_record_volunteer_day ON service_record (volunteer_id, served_on)
-- next
CREATE UNIQUE INDEX uq_service_record_slip ON service_record (community_id, slip_number) WHERE slip_number IS NOT NULL AND state IN ('recorded', 'confirmed', 'approved')
-- next
CREATE TRIGGER service_record_span_insert AFTER INSERT ON service_record WHEN strftime('%s', NEW.ended_at) - strftime('%s', NEW.started_at) <> NEW.minutes * 60 BEGIN SELECT RAISE(ABORT, 'service_record_span'); END
-- next
CREATE TRIGGER service_record_span_update AFTER UPDATE ON service_record WHEN strftime('%s', NEW.ended_at) - strftime('%s', NEW.started_at) <> NEW.minutes * 60 BEGIN SELECT RAISE(ABORT, 'service_record_span'); END
-- next
CREATE TRIGGER service_record_day_insert AFTER INSERT ON service_record WHEN NEW.served_on <> date(NEW.started_at, '+8 hours') BEGIN SELECT RAISE(ABORT, 'service_record_day'); END
-- next
CREATE TRIGGER service_record_day_update AFTER UPDATE ON service_record WHEN NEW.served_on <> date(NEW.started_at, '+8 hours') BEGIN SELECT RAISE(ABORT, 'service_record_day'); END
-- next
CREATE TRIGGER service_record_overlap_insert AFTER INSERT ON service_record WHEN NEW.state IN ('recorded', 'confirmed', 'approved') AND EXISTS (SELECT 1 FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state IN ('recorded', 'confirmed', 'approved') AND r.started_at < NEW.ended_at AND NEW.started_at < r.ended_at) BEGIN SELECT RAISE(ABORT, 'service_record_overlap'); END
-- next
CREATE TRIGGER service_record_overlap_update AFTER UPDATE ON service_record WHEN NEW.state IN ('recorded', 'confirmed', 'approved') AND EXISTS (SELECT 1 FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state IN ('recorded', 'confirmed', 'approved') AND r.started_at < NEW.ended_at AND NEW.started_at < r.ended_at) BEGIN SELECT RAISE(ABORT, 'service_record_overlap'); END
-- next
CREATE TRIGGER service_record_day_cap_insert AFTER INSERT ON service_record WHEN NEW.state IN ('recorded', 'confirmed', 'approved') AND (SELECT COALESCE(SUM(r.minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state IN ('recorded', 'confirmed', 'approved') AND r.served_on = NEW.served_on) + NEW.minutes > COALESCE((SELECT COALESCE(p.day_minutes_max, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 480) BEGIN SELECT RAISE(ABORT, 'service_record_day_cap'); END
-- next
CREATE TRIGGER service_record_day_cap_update AFTER UPDATE ON service_record WHEN NEW.state IN ('recorded', 'confirmed', 'approved') AND (SELECT COALESCE(SUM(r.minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state IN ('recorded', 'confirmed', 'approved') AND r.served_on = NEW.served_on) + NEW.minutes > COALESCE((SELECT COALESCE(p.day_minutes_max, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 480) BEGIN SELECT RAISE(ABORT, 'service_record_day_cap'); END
-- next
CREATE TRIGGER service_record_late_insert AFTER INSERT ON service_record WHEN NEW.late_reason = '' AND julianday(date(NEW.stated_at, '+8 hours')) - julianday(NEW.served_on) > COALESCE((SELECT COALESCE(p.late_days, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 7) BEGIN SELECT RAISE(ABORT, 'service_record_late'); END
-- next
CREATE TRIGGER service_record_late_update AFTER UPDATE ON service_record WHEN NEW.late_reason = '' AND julianday(date(NEW.stated_at, '+8 hours')) - julianday(NEW.served_on) > COALESCE((SELECT COALESCE(p.late_days, 1440) FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 7) BEGIN SELECT RAISE(ABORT, 'service_record_late'); END
-- next
CREATE TRIGGER service_record_move_update AFTER UPDATE ON service_record WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('recorded>confirmed', 'recorded>rejected', 'recorded>withdrawn', 'confirmed>recorded', 'confirmed>approved', 'confirmed>rejected', 'confirmed>withdrawn', 'approved>unapproved', 'rejected>recorded') BEGIN SELECT RAISE(ABORT, 'service_record_move'); END
-- next
CREATE TRIGGER service_record_frozen_update AFTER UPDATE ON service_record WHEN OLD.state IN ('approved', 'unapproved') AND (NEW.community_id IS NOT OLD.community_id OR NEW.volunteer_id IS NOT OLD.volunteer_id OR NEW.recipient_id IS NOT OLD.recipient_id OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.activity IS NOT OLD.activity OR NEW.kind_id IS NOT OLD.kind_id OR NEW.started_at IS NOT OLD.started_at OR NEW.ended_at IS NOT OLD.ended_at OR NEW.served_on IS NOT OLD.served_on OR NEW.minutes IS NOT OLD.minutes OR NEW.case_id IS NOT OLD.case_id OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.recorded_by_id IS NOT OLD.recorded_by_id OR NEW.recorded_by_user_id IS NOT OLD.recorded_by_user_id OR NEW.confirmed_at IS NOT OLD.confirmed_at OR NEW.confirmed_by_id IS NOT OLD.confirmed_by_id OR NEW.approved_at IS NOT OLD.approved_at OR NEW.approved_by_id IS NOT OLD.approved_by_id OR NEW.approved_by_user_id IS NOT OLD.approved_by_user_id OR NEW.policy_version IS NOT OLD.policy_version OR NEW.credited_minutes IS NOT OLD.credited_minutes OR NEW.donation_minutes IS NOT OLD.donation_minutes OR NEW.refused_minutes IS NOT OLD.refused_minutes OR NEW.bonus_minutes IS NOT OLD.bonus_minutes OR NEW.capped_by IS NOT OLD.capped_by OR NEW.entry_id IS NOT OLD.entry_id) BEGIN SELECT RAISE(ABORT, 'service_record_frozen'); END
-- next
CREATE TRIGGER service_record_kept_delete BEFORE DELETE ON service_record WHEN 1 BEGIN SELECT RAISE(ABORT, 'service_record_kept'); END
-- next
CREATE TRIGGER service_record_kept_insert BEFORE INSERT ON service_record WHEN EXISTS (SELECT 1 FROM service_record r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'service_record_kept'); END
-- next
CREATE TRIGGER service_record_policy_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND (NEW.policy_version <> COALESCE((SELECT p.version FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 1)) BEGIN SELECT RAISE(ABORT, 'service_record_policy'); END
-- next
CREATE TRIGGER service_record_policy_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND (NEW.policy_version <> COALESCE((SELECT p.version FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1), 1)) BEGIN SELECT RAISE(ABORT, 'service_record_policy'); END
-- next
CREATE TRIGGER service_record_too_young_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND ((SELECT (CAST(strftime('%Y%m%d', NEW.served_on) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.earn_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_too_young'); END
-- next
CREATE TRIGGER service_record_too_young_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND ((SELECT (CAST(strftime('%Y%m%d', NEW.served_on) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.earn_age_min FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_too_young'); END
-- next
CREATE TRIGGER service_record_guardian_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND ((SELECT (CAST(strftime('%Y%m%d', NEW.served_on) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.guardian_below_age FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) AND NOT EXISTS (SELECT 1 FROM kinship k WHERE k.person_id = NEW.volunteer_id AND k.verified_on IS NOT NULL AND k.kind IN ('parent', 'grandparent'))) BEGIN SELECT RAISE(ABORT, 'service_record_guardian'); END
-- next
CREATE TRIGGER service_record_guardian_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND ((SELECT (CAST(strftime('%Y%m%d', NEW.served_on) AS integer) - CAST(strftime('%Y%m%d', v.born_on) AS integer)) / 10000 FROM person v WHERE v.id = NEW.volunteer_id) < (SELECT p.guardian_below_age FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1) AND NOT EXISTS (SELECT 1 FROM kinship k WHERE k.person_id = NEW.volunteer_id AND k.verified_on IS NOT NULL AND k.kind IN ('parent', 'grandparent'))) BEGIN SELECT RAISE(ABORT, 'service_record_guardian'); END
-- next
CREATE TRIGGER service_record_month_cap_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date(NEW.served_on, 'start of month') AND r.served_on < date(NEW.served_on, 'start of month', '+1 month')) > (SELECT p.month_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_month_cap'); END
-- next
CREATE TRIGGER service_record_month_cap_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date(NEW.served_on, 'start of month') AND r.served_on < date(NEW.served_on, 'start of month', '+1 month')) > (SELECT p.month_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_month_cap'); END
-- next
CREATE TRIGGER service_record_pair_cap_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date(NEW.served_on, 'start of month') AND r.served_on < date(NEW.served_on, 'start of month', '+1 month') AND r.recipient_id = NEW.recipient_id) > (SELECT p.pair_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_pair_cap'); END
-- next
CREATE TRIGGER service_record_pair_cap_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved' AND r.served_on >= date(NEW.served_on, 'start of month') AND r.served_on < date(NEW.served_on, 'start of month', '+1 month') AND r.recipient_id = NEW.recipient_id) > (SELECT p.pair_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_pair_cap'); END
-- next
CREATE TRIGGER service_record_lifetime_cap_insert AFTER INSERT ON service_record WHEN NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved') > (SELECT p.lifetime_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_lifetime_cap'); END
-- next
CREATE TRIGGER service_record_lifetime_cap_update AFTER UPDATE ON service_record WHEN OLD.state <> 'approved' AND NEW.state = 'approved' AND (NEW.credited_minutes - NEW.donation_minutes > 0 AND NEW.credited_minutes - NEW.donation_minutes + (SELECT COALESCE(SUM(r.credited_minutes - r.donation_minutes), 0) FROM service_record r WHERE r.volunteer_id = NEW.volunteer_id AND r.id <> NEW.id AND r.state = 'approved') > (SELECT p.lifetime_minutes_max FROM hours_policy p WHERE p.community_id = NEW.community_id AND p.state = 'approved' AND p.in_force_on <= NEW.served_on ORDER BY p.in_force_on DESC LIMIT 1)) BEGIN SELECT RAISE(ABORT, 'service_record_lifetime_cap'); END
-- next
CREATE TABLE ledger_voucher (
	entry_id CHAR(32) NOT NULL, 
	book_id INTEGER NOT NULL, 
	month DATE NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_voucher PRIMARY KEY (entry_id), 
	CONSTRAINT uq_ledger_voucher_book_id_month_number UNIQUE (book_id, month, number), 
	CONSTRAINT ck_ledger_voucher_number CHECK (number >= 1), 
	CONSTRAINT ck_ledger_voucher_number_whole CHECK (typeof(number) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_voucher_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_voucher_book_id_ledger_book FOREIGN KEY(book_id) REFERENCES ledger_book (id)
)
-- next
CREATE TABLE hours_expiry (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	due_on DATE NOT NULL, 
	expired_on DATE NOT NULL, 
	minutes BIGINT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
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
CREATE TRIGGER hours_expiry_no_update BEFORE update ON hours_expiry
BEGIN SELECT RAISE(ABORT, 'hours_expiry is append-only'); END
-- next
CREATE TRIGGER hours_expiry_no_delete BEFORE delete ON hours_expiry
BEGIN SELECT RAISE(ABORT, 'hours_expiry is append-only'); END
-- next
CREATE TRIGGER hours_expiry_no_replace BEFORE INSERT ON hours_expiry
WHEN EXISTS (SELECT 1 FROM hours_expiry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'hours_expiry is append-only'); END
-- next
CREATE TRIGGER hours_expiry_unwarned_insert BEFORE INSERT ON hours_expiry WHEN NOT EXISTS (SELECT 1 FROM expiry_notice n WHERE n.person_id = NEW.person_id AND n.due_on = NEW.due_on AND n.days = 90) OR NOT EXISTS (SELECT 1 FROM expiry_notice n WHERE n.person_id = NEW.person_id AND n.due_on = NEW.due_on AND n.days = 30 AND n.given_on <= date(NEW.expired_on, '-30 days')) BEGIN SELECT RAISE(ABORT, 'hours_expiry_unwarned'); END
-- next
CREATE TABLE pool_gift (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	pool_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	source VARCHAR(10) NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at DATETIME NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
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
CREATE TRIGGER pool_gift_no_update BEFORE update ON pool_gift
BEGIN SELECT RAISE(ABORT, 'pool_gift is append-only'); END
-- next
CREATE TRIGGER pool_gift_no_delete BEFORE delete ON pool_gift
BEGIN SELECT RAISE(ABORT, 'pool_gift is append-only'); END
-- next
CREATE TRIGGER pool_gift_no_replace BEFORE INSERT ON pool_gift
WHEN EXISTS (SELECT 1 FROM pool_gift WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'pool_gift is append-only'); END
-- next
CREATE TABLE pool_grant (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	pool_id INTEGER NOT NULL, 
	person_id INTEGER NOT NULL, 
	minutes BIGINT NOT NULL, 
	need VARCHAR(12) NOT NULL, 
	case_id INTEGER, 
	reason TEXT NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	hold_id CHAR(32) NOT NULL, 
	requested_at DATETIME NOT NULL, 
	requested_by_user_id INTEGER, 
	requested_by_id INTEGER, 
	requested_by_name VARCHAR(80) NOT NULL, 
	decided_at DATETIME, 
	decided_on DATE, 
	decided_by_user_id INTEGER, 
	decided_by_id INTEGER, 
	decided_by_name VARCHAR(80) NOT NULL, 
	decision_reason TEXT NOT NULL, 
	entry_id CHAR(32), 
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
CREATE TRIGGER pool_grant_decided_update BEFORE UPDATE ON pool_grant WHEN OLD.state <> 'requested' BEGIN SELECT RAISE(ABORT, 'pool_grant_decided'); END
-- next
CREATE TRIGGER pool_grant_asked_update BEFORE UPDATE ON pool_grant WHEN COALESCE(CAST(NEW.community_id AS text), '') <> COALESCE(CAST(OLD.community_id AS text), '') OR COALESCE(CAST(NEW.pool_id AS text), '') <> COALESCE(CAST(OLD.pool_id AS text), '') OR COALESCE(CAST(NEW.person_id AS text), '') <> COALESCE(CAST(OLD.person_id AS text), '') OR COALESCE(CAST(NEW.minutes AS text), '') <> COALESCE(CAST(OLD.minutes AS text), '') OR COALESCE(CAST(NEW.need AS text), '') <> COALESCE(CAST(OLD.need AS text), '') OR COALESCE(CAST(NEW.case_id AS text), '') <> COALESCE(CAST(OLD.case_id AS text), '') OR COALESCE(CAST(NEW.reason AS text), '') <> COALESCE(CAST(OLD.reason AS text), '') OR COALESCE(CAST(NEW.hold_id AS text), '') <> COALESCE(CAST(OLD.hold_id AS text), '') OR COALESCE(CAST(NEW.requested_at AS text), '') <> COALESCE(CAST(OLD.requested_at AS text), '') OR COALESCE(CAST(NEW.requested_by_user_id AS text), '') <> COALESCE(CAST(OLD.requested_by_user_id AS text), '') OR COALESCE(CAST(NEW.requested_by_id AS text), '') <> COALESCE(CAST(OLD.requested_by_id AS text), '') BEGIN SELECT RAISE(ABORT, 'pool_grant_asked'); END
-- next
CREATE TRIGGER pool_grant_begins_insert BEFORE INSERT ON pool_grant WHEN NEW.state <> 'requested' BEGIN SELECT RAISE(ABORT, 'pool_grant_begins'); END
-- next
CREATE TRIGGER pool_grant_kept_delete BEFORE DELETE ON pool_grant WHEN 1 BEGIN SELECT RAISE(ABORT, 'pool_grant_kept'); END
-- next
CREATE TRIGGER pool_grant_kept_insert BEFORE INSERT ON pool_grant WHEN EXISTS (SELECT 1 FROM pool_grant g WHERE g.id = NEW.id OR g.hold_id = NEW.hold_id) BEGIN SELECT RAISE(ABORT, 'pool_grant_kept'); END
-- next
CREATE TABLE family_gift (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	wallet_id INTEGER NOT NULL, 
	minutes BIGINT NOT NULL, 
	given_on DATE NOT NULL, 
	given_at DATETIME NOT NULL, 
	policy_version BIGINT NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
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
CREATE TRIGGER family_gift_no_update BEFORE update ON family_gift
BEGIN SELECT RAISE(ABORT, 'family_gift is append-only'); END
-- next
CREATE TRIGGER family_gift_no_delete BEFORE delete ON family_gift
BEGIN SELECT RAISE(ABORT, 'family_gift is append-only'); END
-- next
CREATE TRIGGER family_gift_no_replace BEFORE INSERT ON family_gift
WHEN EXISTS (SELECT 1 FROM family_gift WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'family_gift is append-only'); END
-- next
CREATE TRIGGER family_gift_unopened_insert BEFORE INSERT ON family_gift WHEN NOT EXISTS (SELECT 1 FROM family_wallet w WHERE w.id = NEW.wallet_id AND w.agreed_at IS NOT NULL AND w.ended_at IS NULL) BEGIN SELECT RAISE(ABORT, 'family_gift_unopened'); END
-- next
CREATE TRIGGER family_gift_limit_insert BEFORE INSERT ON family_gift WHEN NEW.minutes + (SELECT COALESCE(SUM(g.minutes), 0) FROM family_gift g WHERE g.wallet_id = NEW.wallet_id AND g.given_on >= date(NEW.given_on, 'start of month') AND g.given_on < date(NEW.given_on, 'start of month', '+1 month')) > (SELECT w.month_minutes_max FROM family_wallet w WHERE w.id = NEW.wallet_id) BEGIN SELECT RAISE(ABORT, 'family_gift_limit'); END
-- next
CREATE TABLE contribution (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	received_on DATE NOT NULL, 
	payer_name VARCHAR(80) NOT NULL, 
	method VARCHAR(16) NOT NULL, 
	reference VARCHAR(80) NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	received_by INTEGER, 
	recorded_at DATETIME NOT NULL, 
	undone_entry_id CHAR(32), 
	undone_at DATETIME, 
	undone_by INTEGER, 
	undone_reason TEXT NOT NULL, 
	CONSTRAINT pk_contribution PRIMARY KEY (id), 
	CONSTRAINT ck_contribution_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_contribution_method CHECK (method IN ('bank', 'cash', 'transfer')), 
	CONSTRAINT ck_contribution_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_contribution_undone CHECK ((undone_entry_id IS NULL AND undone_at IS NULL) OR (undone_entry_id IS NOT NULL AND undone_at IS NOT NULL AND undone_reason <> '')), 
	CONSTRAINT fk_contribution_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_contribution_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_contribution_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_contribution_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_contribution_received_by_user_account FOREIGN KEY(received_by) REFERENCES user_account (id), 
	CONSTRAINT uq_contribution_undone_entry_id UNIQUE (undone_entry_id), 
	CONSTRAINT fk_contribution_undone_entry_id_ledger_entry FOREIGN KEY(undone_entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_contribution_undone_by_user_account FOREIGN KEY(undone_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_contribution_project_id_party ON contribution (project_id, party)
-- next
CREATE TRIGGER contribution_within_share BEFORE INSERT ON contribution FOR EACH ROW WHEN NEW.amount_fen + (SELECT coalesce(sum(c.amount_fen), 0) FROM contribution c WHERE c.project_id = NEW.project_id AND c.party = NEW.party AND c.undone_entry_id IS NULL) > coalesce((SELECT s.amount_fen FROM project p JOIN agreement a ON a.project_id = p.id AND a.version = p.agreement_version AND a.is_sealed JOIN agreement_share s ON s.agreement_id = a.id WHERE p.id = NEW.project_id AND s.party = NEW.party), 0) BEGIN SELECT RAISE(ABORT, 'contribution_within_share'); END
-- next
CREATE TRIGGER contribution_keeps BEFORE UPDATE ON contribution FOR EACH ROW WHEN OLD.undone_entry_id IS NOT NULL OR NEW.amount_fen <> OLD.amount_fen OR NEW.party <> OLD.party OR NEW.project_id <> OLD.project_id OR NEW.entry_id <> OLD.entry_id OR NEW.received_on <> OLD.received_on BEGIN SELECT RAISE(ABORT, 'contribution_keeps'); END
-- next
CREATE TRIGGER contribution_stays BEFORE DELETE ON contribution FOR EACH ROW WHEN OLD.id IS NOT NULL BEGIN SELECT RAISE(ABORT, 'contribution_stays'); END
-- next
CREATE TABLE spending_request (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	cost_line_id INTEGER NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	payee VARCHAR(80) NOT NULL, 
	purpose VARCHAR(200) NOT NULL, 
	document_file_id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	requested_by INTEGER NOT NULL, 
	requested_name VARCHAR(80) NOT NULL, 
	requested_at DATETIME NOT NULL, 
	approved_by INTEGER, 
	approved_name VARCHAR(80) NOT NULL, 
	approved_at DATETIME, 
	hold_id CHAR(32), 
	paid_by INTEGER, 
	paid_on DATE, 
	entry_id CHAR(32), 
	ended_by INTEGER, 
	ended_at DATETIME, 
	end_reason TEXT NOT NULL, 
	CONSTRAINT pk_spending_request PRIMARY KEY (id), 
	CONSTRAINT ck_spending_request_state CHECK (state IN ('requested', 'approved', 'paid', 'refused', 'withdrawn')), 
	CONSTRAINT ck_spending_request_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT ck_spending_request_two_persons CHECK (approved_by IS NULL OR approved_by <> requested_by), 
	CONSTRAINT ck_spending_request_approved CHECK (state NOT IN ('approved', 'paid') OR (approved_by IS NOT NULL AND hold_id IS NOT NULL)), 
	CONSTRAINT ck_spending_request_paid CHECK ((state = 'paid') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_spending_request_refused CHECK (state <> 'refused' OR end_reason <> ''), 
	CONSTRAINT fk_spending_request_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_spending_request_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_spending_request_cost_line_id_project_cost_line FOREIGN KEY(cost_line_id) REFERENCES project_cost_line (id), 
	CONSTRAINT fk_spending_request_document_file_id_stored_file FOREIGN KEY(document_file_id) REFERENCES stored_file (id), 
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
CREATE TABLE project_refund (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	party VARCHAR(16) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	CONSTRAINT pk_project_refund PRIMARY KEY (id), 
	CONSTRAINT uq_project_refund_project_id_party UNIQUE (project_id, party), 
	CONSTRAINT ck_project_refund_party CHECK (party IN ('company', 'property_firm', 'residents')), 
	CONSTRAINT ck_project_refund_amount_fen CHECK (amount_fen BETWEEN 1 AND 10000000000), 
	CONSTRAINT fk_project_refund_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_project_refund_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_project_refund_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
)
-- next
CREATE TABLE redemption_line (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	redemption_id INTEGER NOT NULL, 
	service_id INTEGER NOT NULL, 
	price_id INTEGER NOT NULL, 
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
CREATE TRIGGER redemption_line_no_update BEFORE update ON redemption_line
BEGIN SELECT RAISE(ABORT, 'redemption_line is append-only'); END
-- next
CREATE TRIGGER redemption_line_no_delete BEFORE delete ON redemption_line
BEGIN SELECT RAISE(ABORT, 'redemption_line is append-only'); END
-- next
CREATE TRIGGER redemption_line_no_replace BEFORE INSERT ON redemption_line
WHEN EXISTS (SELECT 1 FROM redemption_line WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'redemption_line is append-only'); END
-- next
CREATE TABLE ledger_lot_use (
	id INTEGER NOT NULL, 
	entry_id CHAR(32) NOT NULL, 
	lot_id INTEGER NOT NULL, 
	amount BIGINT NOT NULL, 
	CONSTRAINT pk_ledger_lot_use PRIMARY KEY (id), 
	CONSTRAINT uq_ledger_lot_use_entry_id_lot_id UNIQUE (entry_id, lot_id), 
	CONSTRAINT ck_ledger_lot_use_amount CHECK (amount <> 0), 
	CONSTRAINT ck_ledger_lot_use_amount_whole CHECK (typeof(amount) IN ('integer', 'null')), 
	CONSTRAINT fk_ledger_lot_use_entry_id_ledger_entry FOREIGN KEY(entry_id) REFERENCES ledger_entry (id), 
	CONSTRAINT fk_ledger_lot_use_lot_id_ledger_lot FOREIGN KEY(lot_id) REFERENCES ledger_lot (id)
)
-- next
CREATE INDEX ix_ledger_lot_use_lot_id ON ledger_lot_use (lot_id)
-- next
CREATE TABLE service_record_event (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	user_id INTEGER, 
	person_id INTEGER, 
	actor_name VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_service_record_event PRIMARY KEY (id), 
	CONSTRAINT ck_service_record_event_kind_known CHECK (kind IN ('recorded', 'corrected', 'confirmed', 'approved', 'rejected', 'withdrawn', 'unapproved', 'objected', 'answered')), 
	CONSTRAINT ck_service_record_event_state_known CHECK (state IN ('recorded', 'confirmed', 'approved', 'rejected', 'withdrawn', 'unapproved')), 
	CONSTRAINT fk_service_record_event_community_id_community FOREIGN KEY(community_id) REFERENCES community (id), 
	CONSTRAINT fk_service_record_event_record_id_service_record FOREIGN KEY(record_id) REFERENCES service_record (id), 
	CONSTRAINT fk_service_record_event_user_id_user_account FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_service_record_event_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
)
-- next
CREATE INDEX ix_service_record_event_record ON service_record_event (record_id, id)
-- next
CREATE TRIGGER service_record_event_no_update BEFORE update ON service_record_event
BEGIN SELECT RAISE(ABORT, 'service_record_event is append-only'); END
-- next
CREATE TRIGGER service_record_event_no_delete BEFORE delete ON service_record_event
BEGIN SELECT RAISE(ABORT, 'service_record_event is append-only'); END
-- next
CREATE TRIGGER service_record_event_no_replace BEFORE INSERT ON service_record_event
WHEN EXISTS (SELECT 1 FROM service_record_event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'service_record_event is append-only'); END
-- next
CREATE TABLE presence (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	sign_up_id INTEGER NOT NULL, 
	task_id INTEGER NOT NULL, 
	volunteer_id INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	started_how VARCHAR(8) NOT NULL, 
	started_recorded_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	ended_how VARCHAR(8), 
	ended_recorded_at DATETIME, 
	is_offline BOOLEAN NOT NULL, 
	review_reason VARCHAR(16), 
	reviewed_at DATETIME, 
	reviewed_by_user_id INTEGER, 
	record_id INTEGER, 
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
CREATE TRIGGER presence_told_update AFTER UPDATE ON presence WHEN (NEW.community_id IS NOT OLD.community_id OR NEW.sign_up_id IS NOT OLD.sign_up_id OR NEW.task_id IS NOT OLD.task_id OR NEW.volunteer_id IS NOT OLD.volunteer_id OR NEW.started_how IS NOT OLD.started_how OR NEW.is_offline IS NOT OLD.is_offline) BEGIN SELECT RAISE(ABORT, 'presence_told'); END
-- next
CREATE TRIGGER presence_both_values_update AFTER UPDATE ON presence WHEN (NEW.started_at IS NOT OLD.started_at OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at)) AND (SELECT count(*) FROM presence_correction c WHERE c.presence_id = NEW.id AND c.started_after = NEW.started_at AND c.ended_after = NEW.ended_at AND c.started_before = OLD.started_at AND c.ended_before = OLD.ended_at) = 0 BEGIN SELECT RAISE(ABORT, 'presence_both_values'); END
-- next
CREATE TRIGGER presence_recorded_update AFTER UPDATE ON presence WHEN OLD.record_id IS NOT NULL AND (NEW.record_id IS NOT OLD.record_id OR NEW.started_at IS NOT OLD.started_at OR NEW.ended_at IS NOT OLD.ended_at OR NEW.ended_how IS NOT OLD.ended_how) BEGIN SELECT RAISE(ABORT, 'presence_recorded'); END
-- next
CREATE TRIGGER presence_not_accepted_insert AFTER INSERT ON presence WHEN NOT EXISTS (SELECT 1 FROM sign_up s WHERE s.id = NEW.sign_up_id AND s.task_id = NEW.task_id AND s.volunteer_id = NEW.volunteer_id AND s.state IN ('accepted', 'no_show', 'served')) BEGIN SELECT RAISE(ABORT, 'presence_not_accepted'); END
-- next
CREATE TRIGGER presence_outside_insert AFTER INSERT ON presence WHEN EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND (strftime('%s', t.starts_at) - strftime('%s', NEW.started_at) > 1800 OR strftime('%s', NEW.ended_at) - strftime('%s', t.ends_at) > 3600)) BEGIN SELECT RAISE(ABORT, 'presence_outside'); END
-- next
CREATE TRIGGER presence_outside_update AFTER UPDATE ON presence WHEN EXISTS (SELECT 1 FROM task t WHERE t.id = NEW.task_id AND (strftime('%s', t.starts_at) - strftime('%s', NEW.started_at) > 1800 OR strftime('%s', NEW.ended_at) - strftime('%s', t.ends_at) > 3600)) BEGIN SELECT RAISE(ABORT, 'presence_outside'); END
-- next
CREATE TRIGGER presence_kept_delete BEFORE DELETE ON presence WHEN 1 BEGIN SELECT RAISE(ABORT, 'presence_kept'); END
-- next
CREATE TRIGGER presence_kept_insert BEFORE INSERT ON presence WHEN EXISTS (SELECT 1 FROM presence r WHERE r.id = NEW.id) BEGIN SELECT RAISE(ABORT, 'presence_kept'); END
-- next
CREATE TABLE ledger_proof (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	proved_at DATETIME NOT NULL, 
	entries BIGINT NOT NULL, 
	wrong BIGINT NOT NULL, 
	findings JSON NOT NULL, 
	CONSTRAINT pk_ledger_proof PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_proof_community_id_community FOREIGN KEY(community_id) REFERENCES community (id)
)
-- next
CREATE INDEX ix_ledger_proof_community_id_proved_at ON ledger_proof (community_id, proved_at)
-- next
CREATE TRIGGER ledger_book_no_update BEFORE UPDATE ON ledger_book BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_book_no_delete BEFORE DELETE ON ledger_book BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_account_no_update BEFORE UPDATE ON ledger_account BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_account_no_delete BEFORE DELETE ON ledger_account BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_hold_no_update BEFORE UPDATE ON ledger_hold BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_hold_no_delete BEFORE DELETE ON ledger_hold BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_hold_end_no_update BEFORE UPDATE ON ledger_hold_end BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_hold_end_no_delete BEFORE DELETE ON ledger_hold_end BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_voucher_no_update BEFORE UPDATE ON ledger_voucher BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_voucher_no_delete BEFORE DELETE ON ledger_voucher BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_period_no_update BEFORE UPDATE ON ledger_period BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_period_no_delete BEFORE DELETE ON ledger_period BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_block_no_update BEFORE UPDATE ON ledger_block BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_block_no_delete BEFORE DELETE ON ledger_block BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_block_leaf_no_update BEFORE UPDATE ON ledger_block_leaf BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_block_leaf_no_delete BEFORE DELETE ON ledger_block_leaf BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_erasure_no_update BEFORE UPDATE ON ledger_erasure BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_erasure_no_delete BEFORE DELETE ON ledger_erasure BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_freeze_no_update BEFORE UPDATE ON ledger_freeze BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_freeze_no_delete BEFORE DELETE ON ledger_freeze BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_proof_no_update BEFORE UPDATE ON ledger_proof BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_proof_no_delete BEFORE DELETE ON ledger_proof BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_checkpoint_no_update BEFORE UPDATE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_checkpoint_no_delete BEFORE DELETE ON ledger_checkpoint BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_balance_no_delete BEFORE DELETE ON ledger_balance
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE id = OLD.account_id AND kind = 'bounded')
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE ON ledger_entry
WHEN NOT EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = OLD.id)
  OR NEW.actor_name <> '' OR NEW.memo <> '' OR NEW.document <> '' OR NEW.reason <> ''
  OR length(NEW.salt) <> 0
  OR NEW.number IS NOT OLD.number OR NEW.id IS NOT OLD.id OR NEW.community_id IS NOT OLD.community_id OR NEW.book_id IS NOT OLD.book_id OR NEW.asset IS NOT OLD.asset OR NEW.lines IS NOT OLD.lines OR NEW.kind IS NOT OLD.kind OR NEW.effective_on IS NOT OLD.effective_on OR NEW.lots_on IS NOT OLD.lots_on OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.actor_user_id IS NOT OLD.actor_user_id OR NEW.reverses_id IS NOT OLD.reverses_id OR NEW.hold_id IS NOT OLD.hold_id OR NEW.debt_account_id IS NOT OLD.debt_account_id OR NEW.words_hash IS NOT OLD.words_hash OR NEW.seal IS NOT OLD.seal
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_erasure_erase AFTER INSERT ON ledger_erasure
BEGIN
  SELECT RAISE(ABORT, 'ledger_erasure_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND community_id = NEW.community_id);
  UPDATE ledger_entry SET actor_name = '', memo = '', document = '', reason = '', salt = x''
    WHERE id = NEW.entry_id;
END
-- next
CREATE TRIGGER ledger_balance_key BEFORE UPDATE OF account_id, community_id ON ledger_balance
WHEN NEW.account_id <> OLD.account_id OR NOT EXISTS (SELECT 1 FROM ledger_account
  WHERE id = NEW.account_id AND community_id = NEW.community_id)
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_balance_floor BEFORE UPDATE OF floor ON ledger_balance
WHEN NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND floor = NEW.floor)
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
-- next
CREATE TRIGGER ledger_hold_once BEFORE INSERT ON ledger_hold WHEN EXISTS (SELECT 1 FROM ledger_hold WHERE (rowid = NEW.rowid) OR (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'ledger_hold_exists'); END
-- next
CREATE TRIGGER ledger_book_once BEFORE INSERT ON ledger_book WHEN EXISTS (SELECT 1 FROM ledger_book WHERE (rowid = NEW.rowid) OR (id = NEW.id) OR (community_id = NEW.community_id AND code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'ledger_book_exists'); END
-- next
CREATE TRIGGER ledger_account_once BEFORE INSERT ON ledger_account WHEN EXISTS (SELECT 1 FROM ledger_account WHERE (rowid = NEW.rowid) OR (id = NEW.id) OR (book_id = NEW.book_id AND code = NEW.code)) BEGIN SELECT RAISE(ABORT, 'ledger_account_exists'); END
-- next
CREATE TRIGGER ledger_freeze_once BEFORE INSERT ON ledger_freeze WHEN EXISTS (SELECT 1 FROM ledger_freeze WHERE (rowid = NEW.rowid) OR (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'ledger_freeze_exists'); END
-- next
CREATE TRIGGER ledger_freeze_apply AFTER INSERT ON ledger_freeze
BEGIN
  SELECT RAISE(ABORT, 'ledger_number') WHERE NEW.id <> 1
    AND NOT EXISTS (SELECT 1 FROM ledger_freeze WHERE id = NEW.id - 1);
  SELECT RAISE(ABORT, 'ledger_freeze_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id
     AND community_id = NEW.community_id AND frozen <> NEW.frozen);
  UPDATE ledger_balance SET frozen = NEW.frozen WHERE account_id = NEW.account_id;
END
-- next
CREATE TRIGGER ledger_entry_lots_one AFTER INSERT ON ledger_entry WHEN NEW.lines = 1 AND (
EXISTS (SELECT 1 FROM ledger_transfer AS t
        JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id)
        WHERE t.entry_id = NEW.id AND a.restriction IS NOT NULL)
 OR NEW.lots_on IS NOT NULL)
BEGIN
  
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT v.entry_id, u.lot_id, -u.amount FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id
) AS v
  JOIN ledger_lot AS l ON l.account_id = v.account_id
  JOIN ledger_lot_use AS u ON u.lot_id = l.id AND u.entry_id = v.reverses_id
  WHERE v.net > 0
;
  
INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
  SELECT v.account_id, v.entry_id, v.on_day, v.net, v.net FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id
) AS v
  WHERE v.net > 0 AND NOT EXISTS
    (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
     WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id)
;
  
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT entry_id, lot_id, MIN(remaining, need - before) FROM (
    SELECT v.entry_id, l.id AS lot_id, l.remaining, -v.net AS need,
           COALESCE(SUM(l.remaining) OVER (
             PARTITION BY l.account_id
             ORDER BY l.entry_id IS NOT v.reverses_id, l.earned_on, l.id
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id
) AS v JOIN ledger_lot AS l ON l.account_id = v.account_id AND l.remaining > 0
    WHERE v.net < 0)
  WHERE before < need
;
  
UPDATE ledger_lot SET remaining = remaining - u.amount
  FROM (SELECT lot_id, amount FROM ledger_lot_use WHERE entry_id = NEW.id) AS u
  WHERE ledger_lot.id = u.lot_id
;
  
SELECT RAISE(ABORT, 'ledger_lots_short') WHERE EXISTS
  (SELECT 1 FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id
) AS v WHERE v.net <>
     COALESCE((SELECT SUM(amount) FROM ledger_lot
               WHERE entry_id = v.entry_id AND account_id = v.account_id), 0)
     - COALESCE((SELECT SUM(u.amount) FROM ledger_lot_use AS u
                 JOIN ledger_lot AS l ON l.id = u.lot_id
                 WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id), 0))
  OR EXISTS
  (SELECT 1 FROM ledger_lot_use AS mine JOIN ledger_lot AS l ON l.id = mine.lot_id
   WHERE mine.entry_id = NEW.id AND l.remaining <>
     l.amount - (SELECT SUM(amount) FROM ledger_lot_use AS u WHERE u.lot_id = l.id))
;
  
SELECT RAISE(ABORT, 'ledger_lots_renewed') WHERE EXISTS
  (SELECT 1 FROM ledger_entry AS e WHERE e.id = NEW.id AND e.lots_on IS NOT NULL AND (
    EXISTS (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
            WHERE u.entry_id = e.id AND l.earned_on <> e.lots_on)
    OR EXISTS (SELECT 1 FROM ledger_transfer AS t
               JOIN ledger_account AS d ON d.id = t.debit_id
               JOIN ledger_account AS c ON c.id = t.credit_id
               WHERE t.entry_id = e.id
                 AND (d.restriction IS NULL OR d.restriction IS NOT c.restriction))))
;
END
-- next
CREATE TRIGGER ledger_entry_lots_many AFTER INSERT ON ledger_entry WHEN NEW.lines <> 1 AND (
EXISTS (SELECT 1 FROM ledger_transfer AS t
        JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id)
        WHERE t.entry_id = NEW.id AND a.restriction IS NOT NULL)
 OR NEW.lots_on IS NOT NULL)
BEGIN
  
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT v.entry_id, u.lot_id, -u.amount FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END) AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id GROUP BY a.id, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on)
) AS v
  JOIN ledger_lot AS l ON l.account_id = v.account_id
  JOIN ledger_lot_use AS u ON u.lot_id = l.id AND u.entry_id = v.reverses_id
  WHERE v.net > 0
;
  
INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
  SELECT v.account_id, v.entry_id, v.on_day, v.net, v.net FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END) AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id GROUP BY a.id, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on)
) AS v
  WHERE v.net > 0 AND NOT EXISTS
    (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
     WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id)
;
  
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT entry_id, lot_id, MIN(remaining, need - before) FROM (
    SELECT v.entry_id, l.id AS lot_id, l.remaining, -v.net AS need,
           COALESCE(SUM(l.remaining) OVER (
             PARTITION BY l.account_id
             ORDER BY l.entry_id IS NOT v.reverses_id, l.earned_on, l.id
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END) AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id GROUP BY a.id, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on)
) AS v JOIN ledger_lot AS l ON l.account_id = v.account_id AND l.remaining > 0
    WHERE v.net < 0)
  WHERE before < need
;
  
UPDATE ledger_lot SET remaining = remaining - u.amount
  FROM (SELECT lot_id, amount FROM ledger_lot_use WHERE entry_id = NEW.id) AS u
  WHERE ledger_lot.id = u.lot_id
;
  
SELECT RAISE(ABORT, 'ledger_lots_short') WHERE EXISTS
  (SELECT 1 FROM (
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END) AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = NEW.id GROUP BY a.id, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on)
) AS v WHERE v.net <>
     COALESCE((SELECT SUM(amount) FROM ledger_lot
               WHERE entry_id = v.entry_id AND account_id = v.account_id), 0)
     - COALESCE((SELECT SUM(u.amount) FROM ledger_lot_use AS u
                 JOIN ledger_lot AS l ON l.id = u.lot_id
                 WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id), 0))
  OR EXISTS
  (SELECT 1 FROM ledger_lot_use AS mine JOIN ledger_lot AS l ON l.id = mine.lot_id
   WHERE mine.entry_id = NEW.id AND l.remaining <>
     l.amount - (SELECT SUM(amount) FROM ledger_lot_use AS u WHERE u.lot_id = l.id))
;
  
SELECT RAISE(ABORT, 'ledger_lots_renewed') WHERE EXISTS
  (SELECT 1 FROM ledger_entry AS e WHERE e.id = NEW.id AND e.lots_on IS NOT NULL AND (
    EXISTS (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
            WHERE u.entry_id = e.id AND l.earned_on <> e.lots_on)
    OR EXISTS (SELECT 1 FROM ledger_transfer AS t
               JOIN ledger_account AS d ON d.id = t.debit_id
               JOIN ledger_account AS c ON c.id = t.credit_id
               WHERE t.entry_id = e.id
                 AND (d.restriction IS NULL OR d.restriction IS NOT c.restriction))))
;
END
-- next
CREATE TRIGGER ledger_entry_seal_one AFTER INSERT ON ledger_entry WHEN NEW.lines = 1
BEGIN
  SELECT RAISE(ABORT, 'ledger_number') WHERE NEW.number <> 1
    AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE number = NEW.number - 1);
  SELECT RAISE(ABORT, 'ledger_born_erased') WHERE length(NEW.salt) = 0;
  SELECT RAISE(ABORT, 'ledger_lines')
    WHERE (SELECT COUNT(*) FROM ledger_transfer AS t
           JOIN ledger_account AS d
             ON d.id = t.debit_id AND d.book_id = t.book_id AND d.asset = t.asset
           JOIN ledger_account AS c
             ON c.id = t.credit_id AND c.book_id = t.book_id AND c.asset = t.asset
           WHERE t.entry_id = NEW.id AND t.lines = NEW.lines AND t.asset = NEW.asset
             AND t.book_id = NEW.book_id AND t.community_id = NEW.community_id) <> NEW.lines
    OR (SELECT COUNT(*) FROM ledger_transfer WHERE entry_id = NEW.id) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger_reversal_reversed') WHERE NEW.reverses_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.reverses_id
     AND (reverses_id IS NOT NULL OR book_id <> NEW.book_id));
  SELECT RAISE(ABORT, 'ledger_reversal_debt') WHERE NEW.debt_account_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM ledger_account WHERE id = NEW.debt_account_id AND book_id = NEW.book_id
     AND asset = NEW.asset AND kind = 'open');
  SELECT RAISE(ABORT, 'ledger_reversal_unequal') WHERE NEW.reverses_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM (
SELECT account_id, SUM(debits) AS rest,
       SUM(CASE WHEN entry_id = NEW.reverses_id THEN debits ELSE 0 END) AS first
FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)
      UNION ALL
      SELECT entry_id, credit_id, -amount FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)) GROUP BY account_id
) AS v
    JOIN ledger_account AS a ON a.id = v.account_id
    WHERE CASE
      WHEN v.account_id = NEW.debt_account_id THEN v.first <> 0
      WHEN NEW.debt_account_id IS NULL OR a.kind = 'open' THEN v.rest <> 0
      WHEN a.normal = 'debit' THEN v.rest NOT BETWEEN 0 AND MAX(v.first, 0)
      ELSE v.rest NOT BETWEEN MIN(v.first, 0) AND 0 END);
  INSERT INTO ledger_hold_end (hold_id, community_id, outcome, entry_id, reason, ended_at,
                               actor_user_id, actor_name, seal)
    SELECT NEW.hold_id, NEW.community_id, 'captured', NEW.id, '', NEW.recorded_at,
           NEW.actor_user_id, '', NEW.seal WHERE NEW.hold_id IS NOT NULL;
  SELECT RAISE(ABORT, 'ledger_hold_exceeded') WHERE NEW.hold_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_hold AS h LEFT JOIN (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v ON v.account_id = h.account_id
     WHERE h.id = NEW.hold_id AND COALESCE(v.net, 0) NOT BETWEEN -h.amount AND -1);
  SELECT RAISE(ABORT, 'ledger_frozen') WHERE EXISTS
    (SELECT 1 FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.frozen <> 0);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v LEFT JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.account_id IS NULL OR b.posted + v.net - b.held < b.floor
       OR b.posted + v.net > 1000000000000000000);
  UPDATE ledger_balance SET posted = posted + v.net FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v
    WHERE ledger_balance.account_id = v.account_id;
  SELECT RAISE(ABORT, 'ledger_reversal_unspent') WHERE NEW.debt_account_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM (
SELECT account_id, SUM(debits) AS rest,
       SUM(CASE WHEN entry_id = NEW.reverses_id THEN debits ELSE 0 END) AS first
FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)
      UNION ALL
      SELECT entry_id, credit_id, -amount FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)) GROUP BY account_id
) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE v.rest <> 0 AND b.posted - b.held > b.floor);
  INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT a.id, NEW.effective_on, 0, 0 FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS m
    JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'open'
    WHERE NOT EXISTS (SELECT 1 FROM ledger_day AS y
                      WHERE y.account_id = a.id AND y.on_day = NEW.effective_on);
  UPDATE ledger_day SET debits = debits + v.debit, credits = credits + v.credit
    FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) AS v
    WHERE ledger_day.account_id = v.account_id AND ledger_day.on_day = NEW.effective_on;
END
-- next
CREATE TRIGGER ledger_entry_seal_many AFTER INSERT ON ledger_entry WHEN NEW.lines <> 1
BEGIN
  SELECT RAISE(ABORT, 'ledger_number') WHERE NEW.number <> 1
    AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE number = NEW.number - 1);
  SELECT RAISE(ABORT, 'ledger_born_erased') WHERE length(NEW.salt) = 0;
  SELECT RAISE(ABORT, 'ledger_lines')
    WHERE (SELECT COUNT(*) FROM ledger_transfer AS t
           JOIN ledger_account AS d
             ON d.id = t.debit_id AND d.book_id = t.book_id AND d.asset = t.asset
           JOIN ledger_account AS c
             ON c.id = t.credit_id AND c.book_id = t.book_id AND c.asset = t.asset
           WHERE t.entry_id = NEW.id AND t.lines = NEW.lines AND t.asset = NEW.asset
             AND t.book_id = NEW.book_id AND t.community_id = NEW.community_id) <> NEW.lines
    OR (SELECT COUNT(*) FROM ledger_transfer WHERE entry_id = NEW.id) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger_reversal_reversed') WHERE NEW.reverses_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.reverses_id
     AND (reverses_id IS NOT NULL OR book_id <> NEW.book_id));
  SELECT RAISE(ABORT, 'ledger_reversal_debt') WHERE NEW.debt_account_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM ledger_account WHERE id = NEW.debt_account_id AND book_id = NEW.book_id
     AND asset = NEW.asset AND kind = 'open');
  SELECT RAISE(ABORT, 'ledger_reversal_unequal') WHERE NEW.reverses_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM (
SELECT account_id, SUM(debits) AS rest,
       SUM(CASE WHEN entry_id = NEW.reverses_id THEN debits ELSE 0 END) AS first
FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)
      UNION ALL
      SELECT entry_id, credit_id, -amount FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)) GROUP BY account_id
) AS v
    JOIN ledger_account AS a ON a.id = v.account_id
    WHERE CASE
      WHEN v.account_id = NEW.debt_account_id THEN v.first <> 0
      WHEN NEW.debt_account_id IS NULL OR a.kind = 'open' THEN v.rest <> 0
      WHEN a.normal = 'debit' THEN v.rest NOT BETWEEN 0 AND MAX(v.first, 0)
      ELSE v.rest NOT BETWEEN MIN(v.first, 0) AND 0 END);
  INSERT INTO ledger_hold_end (hold_id, community_id, outcome, entry_id, reason, ended_at,
                               actor_user_id, actor_name, seal)
    SELECT NEW.hold_id, NEW.community_id, 'captured', NEW.id, '', NEW.recorded_at,
           NEW.actor_user_id, '', NEW.seal WHERE NEW.hold_id IS NOT NULL;
  SELECT RAISE(ABORT, 'ledger_hold_exceeded') WHERE NEW.hold_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_hold AS h LEFT JOIN (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v ON v.account_id = h.account_id
     WHERE h.id = NEW.hold_id AND COALESCE(v.net, 0) NOT BETWEEN -h.amount AND -1);
  SELECT RAISE(ABORT, 'ledger_frozen') WHERE EXISTS
    (SELECT 1 FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.frozen <> 0);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v LEFT JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.account_id IS NULL OR b.posted + v.net - b.held < b.floor
       OR b.posted + v.net > 1000000000000000000);
  UPDATE ledger_balance SET posted = posted + v.net FROM (
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
) AS v
    WHERE ledger_balance.account_id = v.account_id;
  SELECT RAISE(ABORT, 'ledger_reversal_unspent') WHERE NEW.debt_account_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM (
SELECT account_id, SUM(debits) AS rest,
       SUM(CASE WHEN entry_id = NEW.reverses_id THEN debits ELSE 0 END) AS first
FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)
      UNION ALL
      SELECT entry_id, credit_id, -amount FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)) GROUP BY account_id
) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE v.rest <> 0 AND b.posted - b.held > b.floor);
  INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT a.id, NEW.effective_on, 0, 0 FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS m
    JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'open'
    WHERE NOT EXISTS (SELECT 1 FROM ledger_day AS y
                      WHERE y.account_id = a.id AND y.on_day = NEW.effective_on);
  UPDATE ledger_day SET debits = debits + v.debit, credits = credits + v.credit
    FROM (
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
  WHERE entry_id = NEW.id
UNION ALL
SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id
) GROUP BY account_id
) AS v
    WHERE ledger_day.account_id = v.account_id AND ledger_day.on_day = NEW.effective_on;
END
-- next
CREATE TRIGGER ledger_entry_once BEFORE INSERT ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR number = NEW.number);
  SELECT RAISE(ABORT, 'ledger_entry.reverses_id') WHERE NEW.reverses_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_entry WHERE reverses_id = NEW.reverses_id);
  SELECT RAISE(ABORT, 'ledger_hold_resolved') WHERE NEW.hold_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_hold_end WHERE hold_id = NEW.hold_id);
  SELECT RAISE(ABORT, 'ledger_period_closed') WHERE EXISTS
    (SELECT 1 FROM ledger_period WHERE book_id = NEW.book_id AND through_on >= NEW.effective_on);
END
-- next
CREATE TRIGGER ledger_transfer_once BEFORE INSERT ON ledger_transfer
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry_sealed')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);
  SELECT RAISE(ABORT, 'ledger_transfer_exists') WHERE EXISTS
    (SELECT 1 FROM ledger_transfer
     WHERE id = NEW.id OR (entry_id = NEW.entry_id AND line = NEW.line));
END
-- next
CREATE TRIGGER ledger_transfer_next AFTER INSERT ON ledger_transfer
WHEN NEW.id <> 1 AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE id = NEW.id - 1)
BEGIN SELECT RAISE(ABORT, 'ledger_number'); END
-- next
CREATE TRIGGER ledger_balance_start BEFORE INSERT ON ledger_balance
BEGIN
  SELECT RAISE(ABORT, 'ledger_balance_not_zero') WHERE NEW.posted <> 0 OR NEW.held <> 0
    OR NEW.frozen <> 0
    OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND floor = NEW.floor);
  SELECT RAISE(ABORT, 'ledger_balance_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id);
END
-- next
CREATE TRIGGER ledger_account_balance AFTER INSERT ON ledger_account WHEN NEW.kind = 'bounded'
BEGIN
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (NEW.id, NEW.community_id, 0, 0, NEW.floor);
END
-- next
CREATE TRIGGER ledger_hold_take AFTER INSERT ON ledger_hold
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_unbounded')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id
                      AND community_id = NEW.community_id);
  SELECT RAISE(ABORT, 'ledger_frozen') WHERE EXISTS
    (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id AND frozen <> 0);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM ledger_balance
     WHERE account_id = NEW.account_id AND posted - held - NEW.amount < floor);
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
END
-- next
CREATE TRIGGER ledger_hold_end_once BEFORE INSERT ON ledger_hold_end
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_resolved')
    WHERE EXISTS (SELECT 1 FROM ledger_hold_end
                  WHERE hold_id = NEW.hold_id OR rowid = NEW.rowid);
  SELECT RAISE(ABORT, 'ledger_hold_missing') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND community_id = NEW.community_id);
  SELECT RAISE(ABORT, 'ledger_entry_sealed') WHERE NEW.outcome = 'captured' AND NOT EXISTS
    (SELECT 1 FROM ledger_entry
     WHERE id = NEW.entry_id AND hold_id = NEW.hold_id AND seal = NEW.seal);
  SELECT RAISE(ABORT, 'ledger_hold_expired') WHERE NEW.outcome = 'captured' AND EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND expires_at <= NEW.ended_at);
  SELECT RAISE(ABORT, 'ledger_hold_not_due') WHERE NEW.outcome = 'expired' AND NOT EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND expires_at <= NEW.ended_at);
END
-- next
CREATE TRIGGER ledger_hold_end_free AFTER INSERT ON ledger_hold_end
BEGIN
  UPDATE ledger_balance SET held = held - h.amount FROM ledger_hold AS h
    WHERE h.id = NEW.hold_id AND ledger_balance.account_id = h.account_id;
END
-- next
CREATE VIEW ledger_posting AS
SELECT id, community_id, book_id, asset, lines, kind, effective_on, lots_on, recorded_at,
  actor_user_id,
  reverses_id, hold_id, debt_account_id, actor_name, memo, document, reason, salt, words_hash, seal,
  '[]' AS transfers FROM ledger_entry WHERE 0
-- next
CREATE TRIGGER ledger_posting_post INSTEAD OF INSERT ON ledger_posting
BEGIN
  SELECT RAISE(ABORT, 'ledger_lines') WHERE json_array_length(NEW.transfers) IS NOT NEW.lines;
  INSERT INTO ledger_transfer (community_id, book_id, entry_id, line, lines, asset, debit_id,
                               credit_id, amount)
    SELECT NEW.community_id, NEW.book_id, NEW.id, key + 1, NEW.lines, NEW.asset,
           json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(NEW.transfers);
  INSERT INTO ledger_entry (id, community_id, book_id, asset, lines, kind, effective_on,
                            lots_on, recorded_at, actor_user_id, reverses_id, hold_id,
                            debt_account_id, actor_name, memo, document, reason, salt, words_hash,
                            seal)
    VALUES (NEW.id, NEW.community_id, NEW.book_id, NEW.asset, NEW.lines, NEW.kind,
            NEW.effective_on, NEW.lots_on, NEW.recorded_at, NEW.actor_user_id, NEW.reverses_id,
            NEW.hold_id, NEW.debt_account_id, NEW.actor_name, NEW.memo, NEW.document, NEW.reason,
            NEW.salt, NEW.words_hash, NEW.seal);
END
-- next
CREATE TRIGGER ledger_voucher_number BEFORE INSERT ON ledger_voucher
BEGIN
  SELECT RAISE(ABORT, 'ledger_voucher_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_voucher
                  WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid);
  SELECT RAISE(ABORT, 'ledger_voucher_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND book_id = NEW.book_id
     AND date(effective_on, 'start of month') = NEW.month);
  SELECT RAISE(ABORT, 'ledger_voucher_gap') WHERE NEW.number <> 1 + COALESCE(
    (SELECT MAX(number) FROM ledger_voucher WHERE book_id = NEW.book_id AND month = NEW.month), 0);
END
-- next
CREATE TRIGGER ledger_period_close BEFORE INSERT ON ledger_period
BEGIN
  SELECT RAISE(ABORT, 'ledger_period_order') WHERE NEW.number <> 1 + COALESCE(
      (SELECT MAX(number) FROM ledger_period WHERE book_id = NEW.book_id), 0)
    OR EXISTS (SELECT 1 FROM ledger_period WHERE id = NEW.id
               OR (book_id = NEW.book_id AND through_on >= NEW.through_on));
  SELECT RAISE(ABORT, 'ledger_period_not_over')
    WHERE NEW.through_on >= date(NEW.closed_at, '+8 hours');
  SELECT RAISE(ABORT, 'ledger_voucher_missing') WHERE EXISTS
    (SELECT 1 FROM ledger_entry AS e LEFT JOIN ledger_voucher AS v ON v.entry_id = e.id
     WHERE e.book_id = NEW.book_id AND e.effective_on <= NEW.through_on AND v.entry_id IS NULL
     AND e.effective_on > COALESCE(
       (SELECT MAX(through_on) FROM ledger_period WHERE book_id = NEW.book_id), ''));
END
-- next
CREATE TRIGGER ledger_period_checkpoints AFTER INSERT ON ledger_period
BEGIN
  INSERT INTO ledger_checkpoint (account_id, through_on, posted)
    SELECT v.account_id, NEW.through_on, v.posted FROM (
SELECT a.id AS account_id,
  CASE a.kind WHEN 'bounded' THEN b.posted - COALESCE(l.debits, 0)
    * CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END
  ELSE COALESCE((SELECT SUM(d.debits - d.credits) FROM ledger_day AS d
                 WHERE d.account_id = a.id AND d.on_day <= NEW.through_on), 0)
    * CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END
  END AS posted
FROM ledger_account AS a
LEFT JOIN ledger_balance AS b ON b.account_id = a.id
LEFT JOIN (
  SELECT account_id, SUM(debits) AS debits FROM (
    SELECT t.debit_id AS account_id, t.amount AS debits FROM ledger_entry AS e
      JOIN ledger_transfer AS t ON t.entry_id = e.id
      WHERE e.book_id = NEW.book_id AND e.effective_on > NEW.through_on
    UNION ALL
    SELECT t.credit_id, -t.amount FROM ledger_entry AS e
      JOIN ledger_transfer AS t ON t.entry_id = e.id
      WHERE e.book_id = NEW.book_id AND e.effective_on > NEW.through_on) GROUP BY account_id
) AS l ON l.account_id = a.id
WHERE a.book_id = NEW.book_id
) AS v
    WHERE v.posted <> COALESCE((SELECT c.posted FROM ledger_checkpoint AS c
                                WHERE c.account_id = v.account_id
                                ORDER BY c.through_on DESC LIMIT 1), 0);
END
-- next
CREATE TRIGGER ledger_block_leaf_added BEFORE INSERT ON ledger_block_leaf
BEGIN
  SELECT RAISE(ABORT, 'ledger_block_leaf_exists') WHERE EXISTS
    (SELECT 1 FROM ledger_block_leaf WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid
     OR (community_id = NEW.community_id AND block_number = NEW.block_number
         AND position = NEW.position));
  SELECT RAISE(ABORT, 'ledger_block_sealed') WHERE EXISTS
    (SELECT 1 FROM ledger_block
     WHERE community_id = NEW.community_id AND number = NEW.block_number);
  SELECT RAISE(ABORT, 'ledger_block_leaves') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND community_id = NEW.community_id
     AND seal = NEW.leaf);
END
-- next
CREATE TRIGGER ledger_block_seal BEFORE INSERT ON ledger_block
BEGIN
  SELECT RAISE(ABORT, 'ledger_block_order') WHERE NEW.number <> 1 + COALESCE(
      (SELECT MAX(number) FROM ledger_block WHERE community_id = NEW.community_id), 0)
    OR NEW.previous_head IS NOT (SELECT head FROM ledger_block
      WHERE community_id = NEW.community_id ORDER BY number DESC LIMIT 1)
    OR EXISTS (SELECT 1 FROM ledger_block WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'ledger_block_leaves') WHERE NEW.leaves <>
      (SELECT COUNT(*) FROM ledger_block_leaf
       WHERE community_id = NEW.community_id AND block_number = NEW.number)
    OR NEW.leaves - 1 <> (SELECT MAX(position) FROM ledger_block_leaf
       WHERE community_id = NEW.community_id AND block_number = NEW.number);
END
-- next
CREATE TRIGGER ledger_erasure_once BEFORE INSERT ON ledger_erasure
WHEN EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = NEW.entry_id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'ledger_erasure_exists'); END
-- next
CREATE TRIGGER ledger_proof_once BEFORE INSERT ON ledger_proof
WHEN EXISTS (SELECT 1 FROM ledger_proof WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_proof_exists'); END
-- next
CREATE TABLE presence_correction (
	id INTEGER NOT NULL, 
	community_id INTEGER NOT NULL, 
	presence_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	user_id INTEGER, 
	person_id INTEGER, 
	actor_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	started_before DATETIME NOT NULL, 
	started_after DATETIME NOT NULL, 
	ended_before DATETIME NOT NULL, 
	ended_after DATETIME NOT NULL, 
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
CREATE TRIGGER presence_correction_no_update BEFORE update ON presence_correction
BEGIN SELECT RAISE(ABORT, 'presence_correction is append-only'); END
-- next
CREATE TRIGGER presence_correction_no_delete BEFORE delete ON presence_correction
BEGIN SELECT RAISE(ABORT, 'presence_correction is append-only'); END
-- next
CREATE TRIGGER presence_correction_no_replace BEFORE INSERT ON presence_correction
WHEN EXISTS (SELECT 1 FROM presence_correction WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'presence_correction is append-only'); END
