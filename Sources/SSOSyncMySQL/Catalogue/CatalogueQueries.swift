// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// What a ``Catalogue`` is read with: the same few statements in one round trip or two, whatever the number of accounts.
enum CatalogueQueries {
    static var all: [SQLText] { allButEdges() + ["\(edges) UNION ALL \(defaults)"] }

    /// Nearly half of the work is the edges' where everybody has an account.
    ///
    /// - Parameter few: Which accounts; nil for all.
    static func allButEdges(_ few: FewAccounts? = nil) -> [SQLText] {
        [
            few.map { entries("(SELECT SUM(1) FROM mysql.user)", where: $0.condition) }
                ?? "\(entries), NULL FROM mysql.user",
            privileges, definitions, SessionCounts.query,
        ]
    }

    /// Accounts that have these names, or the same but for case, and are not among ``FewAccounts``.
    static func entries(named names: Set<AccountName>, host: String) -> SQLText? {
        FewAccounts.condition(named: names, host: host).map { "\(entries), NULL FROM mysql.user WHERE \($0)" }
    }

    /// Rows are found by few of their columns: to have all of them at hand takes the server a fifth longer (measured).
    ///
    /// How many there are is a SUM, since COUNT reads more than what is at hand.
    private static func entries(_ count: SQLText, where condition: SQLText) -> SQLText {
        """
        \(entries), \(count)
        FROM (SELECT Host AS fewHost, User AS fewUser FROM mysql.user WHERE \(condition)) AS few
            JOIN mysql.user ON Host = fewHost AND User = fewUser
        """
    }

    /// Global privileges that accounts of ours never have, by the names that they go by here: arguments of `CONCAT_WS`.
    ///
    /// `JSON_CONTAINS` finds what `partial_revokes` takes away again from the server's own tables
    /// (<https://dev.mysql.com/doc/refman/8.4/en/partial-revokes.html>).
    static let foreignPrivileges: SQLText = """
        IF(Reload_priv = 'Y', 'RELOAD', NULL), IF(Shutdown_priv = 'Y', 'SHUTDOWN', NULL),
        IF(Process_priv = 'Y', 'PROCESS', NULL), IF(File_priv = 'Y', 'FILE', NULL),
        IF(Grant_priv = 'Y', 'GRANT OPTION', NULL), IF(Super_priv = 'Y', 'SUPER', NULL),
        IF(Repl_slave_priv = 'Y', 'REPLICATION SLAVE', NULL),
        IF(Repl_client_priv = 'Y', 'REPLICATION CLIENT', NULL),
        IF(Create_user_priv = 'Y', 'CREATE USER', NULL),
        IF(Create_tablespace_priv = 'Y', 'CREATE TABLESPACE', NULL),
        IF(Create_role_priv = 'Y', 'CREATE ROLE', NULL), IF(Drop_role_priv = 'Y', 'DROP ROLE', NULL),
        IF(Insert_priv = 'Y' AND NOT COALESCE(JSON_CONTAINS(User_attributes->'$.Restrictions',
            '{"Database": "mysql", "Privileges": ["INSERT"]}'), 0), 'INSERT ON mysql.*', NULL),
        IF(Update_priv = 'Y' AND NOT COALESCE(JSON_CONTAINS(User_attributes->'$.Restrictions',
            '{"Database": "mysql", "Privileges": ["UPDATE"]}'), 0), 'UPDATE ON mysql.*', NULL),
        IF(Delete_priv = 'Y' AND NOT COALESCE(JSON_CONTAINS(User_attributes->'$.Restrictions',
            '{"Database": "mysql", "Privileges": ["DELETE"]}'), 0), 'DELETE ON mysql.*', NULL),
        IF(Lock_tables_priv = 'Y' AND NOT COALESCE(JSON_CONTAINS(User_attributes->'$.Restrictions',
            '{"Database": "mysql", "Privileges": ["LOCK TABLES"]}'), 0), 'LOCK TABLES ON mysql.*', NULL),
        IF(Execute_priv = 'Y', 'EXECUTE', NULL)
        """

    /// Accounts and roles; what follows is how many there are, if these are not all.
    ///
    /// Global privileges are named in words, since nearly everybody has none of them.
    private static let entries: SQLText = """
        SELECT User, Host, plugin = 'AWSAuthenticationPlugin', account_locked,
            CONCAT_WS(',',
                \(foreignPrivileges),
                IF(Event_priv = 'Y', 'EVENT', NULL),
                IF(Trigger_priv = 'Y', 'TRIGGER', NULL), IF(Show_view_priv = 'Y', 'SHOW VIEW', NULL),
                IF(Create_routine_priv = 'Y', 'CREATE ROUTINE', NULL),
                IF(Alter_routine_priv = 'Y', 'ALTER ROUTINE', NULL), IF(Select_priv = 'Y', 'SELECT', NULL)),
            User_attributes->'$.metadata."sso-sync"', User_attributes->>'$.metadata."sso-sync-account".granted',
            User_attributes->>'$.metadata."sso-sync-account".renaming',
            User_attributes->>'$.metadata."sso-sync-account".events' = 'true'
        """

    /// Who holds which role.
    private static let edges: SQLText =
        "SELECT 0, FROM_USER, FROM_HOST, TO_USER, TO_HOST, WITH_ADMIN_OPTION FROM mysql.role_edges"

    /// Which roles are active at login.
    private static let defaults: SQLText =
        "SELECT 1, DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST, USER, HOST, 'N' FROM mysql.default_roles"

    /// The edges of some members, and perhaps of others with the same user.
    ///
    /// There is no index of edges by members, but one by the role, then by the member; and of roles there are few. If they are too
    /// many for that, to look for pairs of user and host would take the server several times as long as to look for users
    /// (measured). The hosts are for the index of default roles, too, which begins with them.
    ///
    /// - Parameter heldRoles: All roles that anybody holds; none if they are not known.
    static func edges(of members: Set<AccountId>, heldRoles: Set<AccountId> = []) -> SQLText {
        let (hosts, users) = (Set(members.map(\.host.rawValue)), Set(members.map(\.user.rawValue)))
        let (roleHosts, roles) = (Set(heldRoles.map(\.host.rawValue)), Set(heldRoles.map(\.user.rawValue)))
        let ofHosts: SQLText = "HOST IN (\(list(hosts)))"
        let lookUps = roleHosts.count * roles.count * hosts.count * users.count
        let byRole: SQLText =
            (1...mostLookUps).contains(lookUps)
            ? "FROM_HOST IN (\(list(roleHosts))) AND FROM_USER IN (\(list(roles))) AND TO_\(ofHosts) AND " : ""
        return """
            \(edges) WHERE \(byRole)TO_USER IN (\(list(users)))
            UNION ALL \(defaults) WHERE \(ofHosts) AND USER IN (\(list(users)))
            """
    }

    /// How often to look into an index rather than to go through all edges.
    private static let mostLookUps = 1_000

    private static func list(_ texts: Set<String>) -> SQLText { texts.sorted().map(SQLText.literal).joined() }

    /// Dynamic privileges; what lets somebody change the server's own tables, or keep others from changing them; what lets
    /// somebody grant on; the procedures by which RDS gives parts of its administration; who may define events in some schema;
    /// the roles that somebody holds, which an index lets the server find at once if it is asked to group by them (measured).
    ///
    /// A database in a grant is a pattern (<https://dev.mysql.com/doc/refman/8.4/en/grant.html#grant-quoting>), and a table
    /// may be granted by its columns.
    private static let privileges: SQLText = """
        SELECT 1, USER, HOST, PRIV FROM mysql.global_grants
        UNION ALL SELECT 0, User, Host, CONCAT('GRANT OPTION ON ', Db, '.*') FROM mysql.db WHERE Grant_priv = 'Y'
        UNION ALL SELECT 0, User, Host, CONCAT(IF(Insert_priv = 'Y', 'INSERT', IF(Update_priv = 'Y', 'UPDATE', 'DELETE')),
            ' ON mysql.*') FROM mysql.db
            WHERE 'mysql' LIKE Db AND (Insert_priv = 'Y' OR Update_priv = 'Y' OR Delete_priv = 'Y')
        UNION ALL SELECT 0, User, Host, 'LOCK TABLES ON mysql.*' FROM mysql.db
            WHERE 'mysql' LIKE Db AND Lock_tables_priv = 'Y'
        UNION ALL SELECT 0, User, Host, 'EXECUTE ON mysql.*' FROM mysql.db WHERE 'mysql' LIKE Db AND Execute_priv = 'Y'
        UNION ALL SELECT 0, User, Host, CONCAT('GRANT OPTION ON ', Db, '.', Table_name) FROM mysql.tables_priv
            WHERE FIND_IN_SET('Grant', Table_priv)
        UNION ALL SELECT 0, User, Host, CONCAT('changes to mysql.', Table_name) FROM mysql.tables_priv
            WHERE Db = 'mysql' AND (FIND_IN_SET('Insert', CONCAT_WS(',', Table_priv, Column_priv))
                OR FIND_IN_SET('Update', CONCAT_WS(',', Table_priv, Column_priv)) OR FIND_IN_SET('Delete', Table_priv))
        UNION ALL SELECT 0, User, Host, CONCAT('GRANT OPTION ON ', Db, '.', Routine_name) FROM mysql.procs_priv
            WHERE FIND_IN_SET('Grant', Proc_priv)
        UNION ALL SELECT 0, User, Host, CONCAT('EXECUTE ON mysql.', LOWER(Routine_name)) FROM mysql.procs_priv
            WHERE Db = 'mysql' AND FIND_IN_SET('Execute', Proc_priv)
        UNION ALL SELECT NULL, User, Host, 'EVENT' FROM mysql.db WHERE Event_priv = 'Y'
        UNION ALL SELECT NULL, FROM_USER, FROM_HOST, 'is held' FROM mysql.role_edges GROUP BY FROM_HOST, FROM_USER
        """

    /// What goes by the name of whoever defined it, without what the server and RDS have defined for themselves.
    ///
    /// An event that is there for one time is disabled while it runs, and gone after that (measured).
    /// In their own schemas too: a view in `sys` keeps its definer's account from being dropped like any other.
    private static let definitions: SQLText = """
        SELECT DEFINER, 'view', TABLE_SCHEMA, TABLE_NAME, 0, SECURITY_TYPE = 'DEFINER'
            FROM information_schema.VIEWS WHERE DEFINER NOT IN \(builtIn)
        UNION ALL SELECT DEFINER, LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME, 0, SECURITY_TYPE = 'DEFINER'
            FROM information_schema.ROUTINES WHERE DEFINER NOT IN \(builtIn)
        UNION ALL SELECT DEFINER, 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, 0, 1 FROM information_schema.TRIGGERS
            WHERE DEFINER NOT IN \(builtIn)
        UNION ALL SELECT DEFINER, 'event', EVENT_SCHEMA, EVENT_NAME,
            STATUS = 'ENABLED' OR (EVENT_TYPE = 'ONE TIME' AND ON_COMPLETION <> 'PRESERVE' AND LAST_EXECUTED IS NOT NULL), 0
            FROM information_schema.EVENTS
        """

    private static let builtIn: SQLText =
        "('mysql.sys@localhost', 'mysql.session@localhost', 'mysql.infoschema@localhost', 'rdsadmin@localhost')"
}
