"""The kernel that makes four services one product: contracts, messaging, database, web shell, operations panel.

It knows no service. Business rules never move here.
"""
