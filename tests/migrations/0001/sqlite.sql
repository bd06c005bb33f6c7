CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE credential (
	number VARCHAR(64) NOT NULL, 
	line_id VARCHAR(128) NOT NULL, 
	password_hash VARCHAR(255), 
	password_set_at_us BIGINT, 
	CONSTRAINT pk_credential PRIMARY KEY (number)
);
CREATE TABLE one_time_code (
	number VARCHAR(64) NOT NULL, 
	purpose VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	tries SMALLINT NOT NULL, 
	issued_at_us BIGINT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	texted_at_us BIGINT, 
	used_at_us BIGINT, 
	CONSTRAINT pk_one_time_code PRIMARY KEY (number, purpose)
);
CREATE INDEX ix_one_time_code_expires_at_us ON one_time_code (expires_at_us);
CREATE TABLE attempt_budget (
	kind VARCHAR(32) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	window_at_us BIGINT NOT NULL, 
	spent INTEGER NOT NULL, 
	CONSTRAINT pk_attempt_budget PRIMARY KEY (kind, subject), 
	CONSTRAINT ck_attempt_budget_spent CHECK (spent >= 0)
);
CREATE INDEX ix_attempt_budget_window_at_us ON attempt_budget (window_at_us);
CREATE TABLE hall_session (
	token_digest VARCHAR(64) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	line_id VARCHAR(128) NOT NULL, 
	assurance SMALLINT NOT NULL, 
	proved_at_us BIGINT NOT NULL, 
	seen_at_us BIGINT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_hall_session PRIMARY KEY (token_digest)
);
CREATE INDEX ix_hall_session_number ON hall_session (number);
CREATE INDEX ix_hall_session_expires_at_us ON hall_session (expires_at_us);
CREATE TABLE conversation (
	"key" VARCHAR(128) NOT NULL, 
	state TEXT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_conversation PRIMARY KEY ("key")
);
CREATE INDEX ix_conversation_expires_at_us ON conversation (expires_at_us);
CREATE TABLE outbound_sms (
	id INTEGER NOT NULL, 
	"key" VARCHAR(160) NOT NULL, 
	recipient VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	lane SMALLINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	parts_total SMALLINT, 
	failure VARCHAR(64), 
	created_at_us BIGINT NOT NULL, 
	not_after_at_us BIGINT NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	ended_at_us BIGINT, 
	CONSTRAINT pk_outbound_sms PRIMARY KEY (id), 
	CONSTRAINT uq_outbound_sms_key UNIQUE ("key"), 
	CONSTRAINT ck_outbound_sms_state CHECK (state in ('queued', 'leased', 'sent', 'delivered', 'failed', 'expired'))
);
CREATE INDEX ix_outbound_sms_claim ON outbound_sms (state, lane, id);
CREATE TABLE outbound_sms_part (
	id INTEGER NOT NULL, 
	outbound_sms_id BIGINT NOT NULL, 
	part SMALLINT NOT NULL, 
	smsc_message_id VARCHAR(65) NOT NULL, 
	receipt VARCHAR(16), 
	CONSTRAINT pk_outbound_sms_part PRIMARY KEY (id)
);
CREATE INDEX ix_outbound_sms_part_smsc_message_id ON outbound_sms_part (smsc_message_id);
CREATE INDEX ix_outbound_sms_part_outbound_sms_id ON outbound_sms_part (outbound_sms_id);
CREATE TABLE inbound_sms (
	id INTEGER NOT NULL, 
	session VARCHAR(64) NOT NULL, 
	sequence BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	sender VARCHAR(32) NOT NULL, 
	destination VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	received_at_us BIGINT NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	answered_at_us BIGINT, 
	CONSTRAINT pk_inbound_sms PRIMARY KEY (id), 
	CONSTRAINT uq_inbound_sms_session_sequence UNIQUE (session, sequence), 
	CONSTRAINT ck_inbound_sms_state CHECK (state in ('received', 'answered'))
);
CREATE INDEX ix_inbound_sms_claim ON inbound_sms (state, id);
CREATE INDEX ix_inbound_sms_digest ON inbound_sms (digest);
CREATE TABLE inbound_sms_part (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	part SMALLINT NOT NULL, 
	text TEXT NOT NULL, 
	received_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_inbound_sms_part PRIMARY KEY (id), 
	CONSTRAINT uq_inbound_sms_part_digest_part UNIQUE (digest, part)
);
CREATE TABLE usage_event (
	id INTEGER NOT NULL, 
	event_id VARCHAR(128) NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	usage_type VARCHAR(8), 
	at_us BIGINT NOT NULL, 
	consumption JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	attempts INTEGER NOT NULL, 
	CONSTRAINT pk_usage_event PRIMARY KEY (id), 
	CONSTRAINT uq_usage_event_event_id UNIQUE (event_id), 
	CONSTRAINT ck_usage_event_state CHECK (state in ('new', 'counted', 'parked'))
);
CREATE INDEX ix_usage_event_state ON usage_event (state, id);
CREATE TABLE usage_counter (
	line_id VARCHAR(64) NOT NULL, 
	bucket_id VARCHAR(64) NOT NULL, 
	cycle_start_at_us BIGINT NOT NULL, 
	cycle_end_at_us BIGINT NOT NULL, 
	usage_type VARCHAR(8) NOT NULL, 
	counts BOOLEAN NOT NULL, 
	total BIGINT, 
	used BIGINT NOT NULL, 
	read_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_usage_counter PRIMARY KEY (line_id, bucket_id, cycle_start_at_us)
);
CREATE INDEX ix_usage_counter_bucket_id ON usage_counter (bucket_id);
CREATE TABLE alert (
	id INTEGER NOT NULL, 
	topic VARCHAR(160) NOT NULL, 
	step SMALLINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	facts JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	attempts INTEGER NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	created_at_us BIGINT NOT NULL, 
	ended_at_us BIGINT, 
	CONSTRAINT pk_alert PRIMARY KEY (id), 
	CONSTRAINT uq_alert_topic_step UNIQUE (topic, step), 
	CONSTRAINT ck_alert_state CHECK (state in ('due', 'said', 'dead'))
);
CREATE INDEX ix_alert_state ON alert (state, free_at_us);
CREATE TABLE inbox_message (
	id INTEGER NOT NULL, 
	alert_id BIGINT NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	facts JSON NOT NULL, 
	raised_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_inbox_message PRIMARY KEY (id), 
	CONSTRAINT uq_inbox_message_alert_id UNIQUE (alert_id)
);
CREATE INDEX ix_inbox_message_line_id ON inbox_message (line_id, id);
