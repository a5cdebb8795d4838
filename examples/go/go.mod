module dolerite.example/dolerite

go 1.21
