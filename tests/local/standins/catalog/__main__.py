from tests.local.standins.standin import main

main("catalog")
